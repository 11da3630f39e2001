import Engine
import Glibc
import HTTP
import Log
import Platform

@testable import Serving

/// A handler that remembers whose bytes it was told to let go of.
final class TrialHandler: RequestHandler {
    var body: (Exchange) -> Void
    private(set) var released: [ResponseOwner] = []
    /// Runs in place of each wait for the socket.
    var whileWaiting: () -> Void = {}

    init(_ body: @escaping (Exchange) -> Void = { _ in }) {
        self.body = body
    }

    func handle(_ exchange: Exchange) {
        body(exchange)
    }

    func release(_ owner: ResponseOwner) {
        released.append(owner)
    }

    func wait(_ wait: () -> Bool) -> Bool {
        whileWaiting()
        return wait()
    }
}

/// A server and its clients in one thread: whoever waits turns the loop, so nothing is left to
/// chance and nobody sleeps.
final class Trial {
    /// How long something may take that has to happen: on a machine that is busy, too.
    static let patience: UInt64 = 60_000_000_000
    /// No connection ends because the machine had no time for the test.
    static var calm: ServingOptions {
        var options = ServingOptions()
        options.keepAliveSeconds = 60
        return options
    }

    let server: Server
    let handler: TrialHandler
    let listener: Listener
    private(set) var turns = 0
    private var isOver = false
    private var clients: [Client] = []

    init(
        _ options: ServingOptions = ServingOptions(),
        overTCP: Bool = false,
        handler body: @escaping (Exchange) -> Void = { $0.reply("hello") },
        crew: Int = 0
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        // An abstract name has no file that could be left behind.
        listener = try Listener.bind(
            to: overTCP ? .tcp(host: "127.0.0.1", port: 0) : .unix(path: Self.freshName()),
            ListenerOptions()
        )
        handler = TrialHandler(body)
        server = Server(
            loop: try EventLoop(),
            endpoints: [
                Endpoint(
                    descriptor: listener.descriptor,
                    name: "trial",
                    port: "",
                    isUnix: !overTCP
                )
            ],
            options: options,
            serverField: "trial",
            handler: handler,
            log: try Logger(level: .critical, target: .file(path: "/dev/null"))
        )
        for _ in 0..<crew { _ = server.addThread() }
        try server.start()
    }

    deinit {
        end()
    }

    private static func freshName() -> String {
        "\0swiftcorn-trial-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    }

    /// Closes everything; the trial is over.
    func end() {
        // Closing twice would close what another test has opened meanwhile.
        guard !isOver else { return }
        isOver = true
        server.closeAll()
        for client in clients { client.close() }
        clients = []
        listener.close()
        server.observer = nil
    }

    func connect(receiveBuffer: Int32 = 0) throws -> Client {
        let socket = try listener.address.makeSocket().release()
        if receiveBuffer > 0 {
            var size = receiveBuffer
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        do {
            try listener.address.connect(socket)
        } catch {
            // Over TCP the connection comes about while the server is asked for it.
            guard error.errno == EINPROGRESS else { throw error }
        }
        let client = Client(socket: socket, trial: self)
        clients.append(client)
        return client
    }

    /// Turns the server until something is the case; false when it never comes about.
    @discardableResult
    func turn(until isDone: () -> Bool) -> Bool {
        let limit = Clock.monotonicNanoseconds() + Self.patience
        while !isDone() {
            guard Clock.monotonicNanoseconds() < limit else { return false }
            turnOnce(waiting: 5_000_000)
        }
        return true
    }

    func turnOnce(waiting nanoseconds: UInt64 = 0) {
        turns += 1
        server.turn(waitingAtMost: nanoseconds) { wait in wait() }
    }

    /// Turns as long as there is something to do at once.
    func settle() {
        var one = pollfd(fd: server.loop.descriptor, events: Int16(POLLIN), revents: 0)
        var left = 10_000
        while poll(&one, 1, 0) > 0, left > 0 {
            turnOnce()
            left -= 1
        }
    }
}

/// A client that never blocks: sends what it can and reads what there is.
final class Client {
    let socket: Int32
    private unowned let trial: Trial
    private var isClosed = false
    private(set) var received: [UInt8] = []
    /// The server has ended the connection in good order.
    private(set) var isEnded = false
    private(set) var isReset = false

    init(socket: Int32, trial: Trial) {
        self.socket = socket
        self.trial = trial
    }

    var text: String { String(decoding: received, as: UTF8.self) }
    var isOver: Bool { isEnded || isReset }

    /// Sends as much as the socket takes at once; answers how much.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Int {
        let sent = Array(bytes).withUnsafeBytes {
            Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        return max(0, sent)
    }

    @discardableResult
    func send(_ text: String) -> Int {
        send(text.utf8)
    }

    /// Sends everything, turning the server and reading what it answers meanwhile.
    func sendAll(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        return trial.turn {
            read()
            sent += send(bytes[sent...].prefix(256 * 1024))
            return sent == bytes.count
        }
    }

    /// Reads what has arrived, at most so many bytes.
    func read(atMost limit: Int = .max) {
        var room = [UInt8](repeating: 0, count: min(limit, 256 * 1024))
        var left = limit
        while left > 0, !isOver {
            let count = recv(socket, &room, min(room.count, left), 0)
            if count > 0 {
                received += room[..<count]
                left -= count
            } else if count == 0 {
                isEnded = true
            } else if errno == ECONNRESET {
                isReset = true
            } else {
                return
            }
        }
    }

    /// Forgets what was received.
    func forget() {
        received = []
    }

    /// Reads, with the server turning, until something holds of it.
    @discardableResult
    func read(until isDone: (Client) -> Bool) -> Bool {
        trial.turn {
            read()
            return isDone(self)
        }
    }

    /// Reads until so many whole responses have come, and takes them out of what was received.
    func responses(_ count: Int, toHead: Bool = false) -> [Response] {
        var found: [Response] = []
        var seen = -1
        _ = read { client in
            // A large response is looked at when it stands still, not at each of its pieces.
            guard client.received.count == seen || client.isOver || client.received.count < 50_000
            else {
                seen = client.received.count
                return false
            }
            seen = -1
            while found.count < count,
                let response = Response(
                    client.received[...],
                    isToHead: toHead,
                    isEnded: client.isOver
                )
            {
                client.received.removeFirst(response.size)
                found.append(response)
            }
            return found.count == count || client.isOver
        }
        return found
    }

    func response(toHead: Bool = false) -> Response? {
        responses(1, toHead: toHead).first
    }

    func ask(_ text: String, toHead: Bool = false) -> Response? {
        send(text)
        return response(toHead: toHead)
    }

    /// Sends nothing more; still reads.
    func endSending() {
        shutdown(socket, Int32(SHUT_WR))
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        _ = Glibc.close(socket)
    }

    /// Closes so that the server is told of a reset, whatever it has sent.
    func reset() {
        var never = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &never, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}

/// A response as a client reads it.
struct Response: Equatable {
    let status: Int
    let fields: [String]
    let body: [UInt8]
    /// Bytes it took on the wire.
    let size: Int

    var text: String { String(decoding: body, as: UTF8.self) }

    func value(_ name: String) -> String? {
        let start = name.lowercased() + ": "
        let line = fields.first { $0.lowercased().hasPrefix(start) }
        return line.map { String($0.dropFirst(start.count)) }
    }

    /// Nil while it is not whole, or is no response at all.
    init?(_ bytes: ArraySlice<UInt8>, isToHead: Bool, isEnded: Bool) {
        guard let end = Self.find([13, 10, 13, 10], in: bytes) else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        var lines: [String] = []
        for line in head.split(separator: "\r\n") { lines.append(String(line)) }
        guard lines.count > 0, lines[0].hasPrefix("HTTP/1."),
            let status = Int(lines[0].dropFirst(9).prefix(3))
        else { return nil }
        self.status = status
        fields = Array(lines.dropFirst())
        var rest = bytes[(end + 4)...]
        let length = Self.value("content-length", fields).flatMap(Int.init)
        var content: [UInt8]?
        if isToHead || status < 200 || status == 204 || status == 304 {
            content = []
        } else if Self.value("transfer-encoding", fields) == "chunked" {
            content = Self.takeChunks(&rest)
        } else if let length {
            content = rest.count < length ? nil : Array(rest.prefix(length))
            rest = rest.dropFirst(length)
        } else if isEnded {
            content = Array(rest)
            rest = []
        }
        guard let content else { return nil }
        body = content
        size = rest.startIndex == rest.endIndex ? bytes.count : rest.startIndex - bytes.startIndex
    }

    private static func value(_ name: String, _ fields: [String]) -> String? {
        fields.first { $0.lowercased().hasPrefix(name + ": ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    /// Where a mark begins that starts with a carriage return.
    private static func find(_ mark: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.withUnsafeBytes { all in
            var index = 0
            while index + mark.count <= all.count, let start = all.baseAddress {
                guard let found = memchr(start + index, 13, all.count - index) else { return nil }
                index = UnsafeRawPointer(found) - start
                if all[index...].starts(with: mark) { return bytes.startIndex + index }
                index += 1
            }
            return nil
        }
    }

    private static func takeChunks(_ bytes: inout ArraySlice<UInt8>) -> [UInt8]? {
        var content: [UInt8] = []
        while let line = find([13, 10], in: bytes) {
            let digits = String(decoding: bytes[bytes.startIndex..<line], as: UTF8.self)
            guard let size = Int(digits, radix: 16), bytes.endIndex >= line + 4 + size else {
                return nil
            }
            content += bytes[line + 2..<line + 2 + size]
            bytes = bytes[(line + 4 + size)...]
            if size == 0 { return content }
        }
        return nil
    }
}

extension Exchange {
    func start(_ status: String, _ fields: [(String, String)] = []) {
        var status = status
        status.withUTF8 { text in
            let code = Int(String(decoding: text.prefix(3), as: UTF8.self)) ?? 0
            begin(status: code, text: UnsafeRawBufferPointer(text))
        }
        for (name, value) in fields { _ = add(name, value) }
    }

    func add(_ name: String, _ value: String) -> FieldVerdict {
        Array(name.utf8).withUnsafeBytes { name in
            let kind = ResponseField.kind(of: name)
            return Array(value.utf8).withUnsafeBytes {
                addField(kind: kind, name: name, value: $0)
            }
        }
    }

    @discardableResult
    func say(_ bytes: [UInt8], isLast: Bool = false) -> Bool {
        bytes.withUnsafeBytes { write($0, isLast: isLast) }
    }

    /// A whole response with a length.
    func reply(_ text: String) {
        reply(Array(text.utf8))
    }

    func reply(_ bytes: [UInt8]) {
        start("200 OK", [("Content-Length", "\(bytes.count)")])
        say(bytes, isLast: true)
    }

    var methodText: String { String(decoding: bytes(of: head.method), as: UTF8.self) }
    var targetText: String { String(decoding: bytes(of: head.target), as: UTF8.self) }

    /// The content of the request, read in odd pieces.
    func content(pieces: Int = 4093) -> [UInt8] {
        guard let body else { return [] }
        var all: [UInt8] = []
        var room = [UInt8](repeating: 0, count: pieces)
        while let count = try? room.withUnsafeMutableBytes({
            try body.read(at: all.count, into: $0)
        }),
            count > 0
        {
            all += room[..<count]
        }
        return all
    }
}

/// Bytes that show when any of them is lost, doubled or swapped.
func pattern(_ count: Int, seed: Int = 1) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { room, initialized in
        // A prime period: no piece of a round size repeats.
        var state = UInt32(truncatingIfNeeded: seed) &* 0x9e37_79b9 | 1
        for index in 0..<min(count, 65_521) {
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            room[index] = UInt8(truncatingIfNeeded: state)
        }
        if count > 65_521, let start = room.baseAddress {
            var made = 65_521
            while made < count {
                let more = min(made, count - made)
                memcpy(start + made, start, more)
                made += more
            }
        }
        initialized = count
    }
}
