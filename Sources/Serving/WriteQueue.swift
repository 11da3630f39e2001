import Engine

/// What a socket has not taken yet of a response, in order.
struct WriteQueue: ~Copyable {
    /// What came of sending from the queue.
    enum Outcome {
        case drained
        case blocked
        case failed
    }

    private enum Piece {
        /// Memory of our own.
        case copied(UnsafeMutableRawPointer, offset: Int, count: Int)
        /// Memory of somebody who is told when it is no longer needed.
        case lent(UnsafeRawPointer, offset: Int, count: Int, ResponseOwner)
        /// A range of a file, through a descriptor of our own.
        case file(Int32, offset: Int64, count: Int)
    }

    /// Bytes one `sendfile` is asked for: others on the loop have their turn in between.
    private static let filePieceAtMost = 1 << 20

    private var pieces: [Piece] = []
    private var first = 0
    /// Bytes held in memory of our own.
    private(set) var copiedCount = 0

    var isEmpty: Bool { first == pieces.count }

    deinit {
        precondition(first == pieces.count, "a write queue was dropped with pieces in it")
    }

    mutating func append(copying bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 1)
        memory.copyMemory(from: source, byteCount: bytes.count)
        pieces.append(.copied(memory, offset: 0, count: bytes.count))
        copiedCount += bytes.count
    }

    mutating func append(lending bytes: UnsafeRawBufferPointer, owner: ResponseOwner) {
        guard let source = bytes.baseAddress else { return }
        pieces.append(.lent(source, offset: 0, count: bytes.count, owner))
    }

    mutating func append(file: Int32, offset: Int64, count: Int) {
        pieces.append(.file(file, offset: offset, count: count))
    }

    /// Sends until the socket is full or the queue is empty.
    mutating func send(to socket: StreamSocket, handler: any RequestHandler) -> Outcome {
        while first < pieces.count {
            switch transfer(pieces[first], to: socket) {
            case .moved(let count):
                // A file that became shorter than it was can never be sent as promised.
                if count == 0 { return .failed }
                advance(by: count, handler: handler)
            case .wouldBlock: return .blocked
            case .failed: return .failed
            }
        }
        pieces.removeAll(keepingCapacity: true)
        first = 0
        return .drained
    }

    /// Lets go of everything, sent or not.
    mutating func discard(handler: any RequestHandler) {
        for piece in pieces[first...] {
            release(piece, handler: handler)
        }
        pieces.removeAll()
        first = 0
        copiedCount = 0
    }

    private func transfer(_ piece: Piece, to socket: StreamSocket) -> Transfer {
        switch piece {
        case .copied(let memory, let offset, let count):
            socket.send(UnsafeRawBufferPointer(start: memory + offset, count: count - offset))
        case .lent(let memory, let offset, let count, _):
            socket.send(UnsafeRawBufferPointer(start: memory + offset, count: count - offset))
        case .file(let file, let offset, let count):
            socket.sendFile(file, offset: offset, count: min(count, Self.filePieceAtMost))
        }
    }

    private mutating func advance(by sent: Int, handler: any RequestHandler) {
        let rest: Piece?
        switch pieces[first] {
        case .copied(let memory, let offset, let count):
            rest =
                offset + sent < count
                ? .copied(memory, offset: offset + sent, count: count) : nil
        case .lent(let memory, let offset, let count, let owner):
            rest =
                offset + sent < count
                ? .lent(memory, offset: offset + sent, count: count, owner) : nil
        case .file(let file, let offset, let count):
            rest =
                sent < count ? .file(file, offset: offset + Int64(sent), count: count - sent) : nil
        }
        if let rest {
            pieces[first] = rest
        } else {
            release(pieces[first], handler: handler)
            first += 1
        }
    }

    private mutating func release(_ piece: Piece, handler: any RequestHandler) {
        switch piece {
        case .copied(let memory, _, let count):
            memory.deallocate()
            copiedCount -= count
        case .lent(_, _, _, let owner): handler.release(owner)
        case .file(let file, _, _): ApplicationFile.close(file)
        }
    }
}
