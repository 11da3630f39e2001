import Engine
import Platform

/// What a socket has not taken yet of a response, in order.
struct WriteQueue: ~Copyable {
    /// What came of sending from the queue.
    enum Outcome {
        case drained
        case blocked
        case failed
    }

    private enum Piece {
        /// Memory of our own, with room behind what is in it.
        case copied(UnsafeMutableRawPointer, sent: Int, count: Int, capacity: Int)
        /// Memory of somebody who is told when it is no longer needed.
        case lent(UnsafeRawPointer, sent: Int, count: Int, ResponseOwner)
        /// A range of a file, through a descriptor of our own.
        case file(Int32, offset: Int64, count: Int)
        /// Memory of somebody, on its way to the spool.
        case deposited(Deposit, sent: Int)
        /// A range of the spool.
        case spooled(ResponseSpool, offset: Int64, count: Int)
    }

    /// Bytes one `sendfile` is asked for.
    private static let filePieceAtMost = 1 << 20
    /// Bytes sent in one go even if the socket takes more: others on the loop have their turn.
    static let sentAtMost = 4 << 20
    /// Room of a piece that small writes are gathered in.
    private static let gatheringCapacity = 8192

    private var pieces: [Piece] = []
    private var first = 0
    /// Owners whose bytes are sent, until somebody takes them.
    private var released: [ResponseOwner] = []
    /// Bytes kept in memory, our own or lent.
    private(set) var heldCount = 0
    /// Bytes in memory on their way to the spool.
    private(set) var depositedCount = 0
    /// Bytes sent from here, ever.
    private(set) var sentCount = 0
    /// Made when it is needed first, gone when all is sent.
    private var spool: ResponseSpool?

    /// Bytes of disk that the spool takes.
    var spooledCount: Int { spool?.count ?? 0 }
    var isEmpty: Bool { first == pieces.count }

    deinit {
        precondition(first == pieces.count, "a write queue was dropped with pieces in it")
    }

    mutating func append(copying bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        heldCount += bytes.count
        if !isEmpty, case .copied(let memory, let sent, let count, let capacity) = pieces.last,
            capacity - count >= bytes.count
        {
            (memory + count).copyMemory(from: source, byteCount: bytes.count)
            pieces[pieces.count - 1] = .copied(
                memory,
                sent: sent,
                count: count + bytes.count,
                capacity: capacity
            )
            return
        }
        let capacity = max(bytes.count, Self.gatheringCapacity)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        memory.copyMemory(from: source, byteCount: bytes.count)
        pieces.append(.copied(memory, sent: 0, count: bytes.count, capacity: capacity))
    }

    mutating func append(lending bytes: UnsafeRawBufferPointer, owner: ResponseOwner) {
        guard let source = bytes.baseAddress, bytes.count > 0 else {
            released.append(owner)
            return
        }
        heldCount += bytes.count
        pieces.append(.lent(source, sent: 0, count: bytes.count, owner))
    }

    mutating func append(file: Int32, offset: Int64, count: Int) {
        pieces.append(.file(file, offset: offset, count: count))
    }

    /// Appends bytes that stand in the spool, where a place was reserved for them.
    mutating func append(spooled spool: ResponseSpool, offset: Int64, count: Int) {
        // All that was before it may have been sent while it was written.
        if isEmpty { self.spool = spool }
        if !isEmpty, case .spooled(let last, let start, let before) = pieces.last,
            last === spool, start + Int64(before) == offset
        {
            pieces[pieces.count - 1] = .spooled(spool, offset: start, count: before + count)
        } else {
            pieces.append(.spooled(spool, offset: offset, count: count))
        }
    }

    /// Appends bytes that somebody will write to the spool.
    mutating func append(_ deposit: Deposit) {
        depositedCount += deposit.bytes.count
        pieces.append(.deposited(deposit, sent: 0))
    }

    /// A deposit that is wanted is in the spool, or cannot be brought there and stays in memory.
    mutating func ended(_ deposit: Deposit) {
        let position = pieces[first...].firstIndex { piece in
            if case .deposited(let other, _) = piece { other === deposit } else { false }
        }
        guard let position, case .deposited(_, let sent) = pieces[position] else { return }
        let count = deposit.bytes.count
        depositedCount -= count
        if deposit.isWritten {
            pieces[position] = .spooled(
                deposit.spool,
                offset: deposit.offset + Int64(sent),
                count: count - sent
            )
            released.append(deposit.owner)
        } else if let memory = deposit.bytes.baseAddress {
            pieces[position] = .lent(memory, sent: sent, count: count, deposit.owner)
            heldCount += count - sent
        }
    }

    /// The file for what memory shall not hold, made in the directory where there is none yet.
    mutating func openSpool(_ directory: String) throws(SystemError) -> ResponseSpool {
        if let spool { return spool }
        let made = try ResponseSpool(directory: directory)
        spool = made
        return made
    }

    /// Sends until the socket is full, it is the turn of others, or the queue is empty.
    ///
    /// Afterwards the owners that are done with are to be taken, one by one, with `takeReleased`:
    /// letting go of them runs code that must not find this queue in the middle of a change.
    mutating func send(to socket: StreamSocket) -> Outcome {
        var allowance = Self.sentAtMost
        while first < pieces.count {
            guard allowance > 0 else { return .blocked }
            switch transfer(pieces[first], to: socket) {
            case .moved(let count):
                // A file that became shorter than it was can never be sent as promised.
                if count == 0 { return .failed }
                allowance -= count
                advance(by: count)
            case .wouldBlock: return .blocked
            case .failed: return .failed
            }
        }
        // An idle connection is to keep as little as possible.
        pieces = []
        first = 0
        spool = nil
        return .drained
    }

    /// An owner whose bytes are no longer needed, once; nil when there is none.
    mutating func takeReleased() -> ResponseOwner? {
        released.popLast()
    }

    /// Lets go of everything, sent or not.
    mutating func discard() {
        for piece in pieces[first...] {
            end(piece)
        }
        pieces = []
        first = 0
        heldCount = 0
        spool = nil
    }

    private func transfer(_ piece: Piece, to socket: StreamSocket) -> Transfer {
        switch piece {
        case .copied(let memory, let sent, let count, _):
            socket.send(UnsafeRawBufferPointer(start: memory + sent, count: count - sent))
        case .lent(let memory, let sent, let count, _):
            socket.send(UnsafeRawBufferPointer(start: memory + sent, count: count - sent))
        case .deposited(let deposit, let sent):
            socket.send(UnsafeRawBufferPointer(rebasing: deposit.bytes[sent...]))
        case .file(let file, let offset, let count):
            socket.sendFile(file, offset: offset, count: min(count, Self.filePieceAtMost))
        case .spooled(let spool, let offset, let count):
            socket.sendFile(
                spool.descriptor,
                offset: offset,
                count: min(count, Self.filePieceAtMost)
            )
        }
    }

    private mutating func advance(by more: Int) {
        sentCount &+= more
        let rest: Piece?
        switch pieces[first] {
        case .copied(let memory, let sent, let count, let capacity):
            heldCount -= more
            rest =
                sent + more < count
                ? .copied(memory, sent: sent + more, count: count, capacity: capacity) : nil
        case .lent(let memory, let sent, let count, let owner):
            heldCount -= more
            rest = sent + more < count ? .lent(memory, sent: sent + more, count: count, owner) : nil
        case .deposited(let deposit, let sent):
            rest = sent + more < deposit.bytes.count ? .deposited(deposit, sent: sent + more) : nil
        case .file(let file, let offset, let count):
            rest =
                more < count ? .file(file, offset: offset + Int64(more), count: count - more) : nil
        case .spooled(let spool, let offset, let count):
            let next = offset + Int64(more)
            spool.sent(upTo: next)
            rest = more < count ? .spooled(spool, offset: next, count: count - more) : nil
        }
        if let rest {
            pieces[first] = rest
        } else {
            end(pieces[first])
            first += 1
            forgetSentPieces()
        }
    }

    /// A queue that never runs empty must not remember all that it ever held.
    private mutating func forgetSentPieces() {
        guard first >= 64, first * 2 >= pieces.count else { return }
        pieces.removeFirst(first)
        first = 0
    }

    private mutating func end(_ piece: Piece) {
        switch piece {
        case .copied(let memory, _, _, _): memory.deallocate()
        case .lent(_, _, _, let owner): released.append(owner)
        case .deposited(let deposit, _):
            depositedCount -= deposit.bytes.count
            if let owner = deposit.drop() { released.append(owner) }
        case .file(let file, _, _): ApplicationFile.close(file)
        case .spooled: break
        }
    }
}
