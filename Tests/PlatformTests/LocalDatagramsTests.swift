import Foundation
import Platform
import Testing

/// A socket that listens as the service manager does, and reads when it is asked to.
final class DatagramListener {
    let path: String
    private let directory = TemporaryDirectory()
    private let socket: Int32

    init() throws {
        path = directory.path + "/socket"
        socket = Foundation.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }

    deinit { close(socket) }

    /// The next message, nil where none has arrived.
    func next() -> String? {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &room, room.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: room.prefix(count), as: UTF8.self)
    }
}

private func send(_ text: String, to address: String) throws -> LocalDatagrams.Outcome {
    let socket = try LocalDatagrams.shared.get()
    return Array(text.utf8).withUnsafeBytes { socket.send($0, to: address) }
}

@Suite struct LocalDatagramsTests {
    @Test func `a datagram arrives as it is`() throws {
        let listener = try DatagramListener()
        #expect(try send("one\ntwo", to: listener.path) == .delivered)
        #expect(listener.next() == "one\ntwo")
    }

    @Test func `a reader whose queue is full is not waited for`() throws {
        let listener = try DatagramListener()
        var sent = 0
        while try send("\(sent)", to: listener.path) == .delivered {
            sent += 1
            try #require(sent < 100_000, "the queue of this kernel has no end")
        }
        #expect(try send("more", to: listener.path) == .busy)
        #expect(listener.next() == "0")
        #expect(try send("more", to: listener.path) == .delivered)
    }

    @Test(arguments: ["/nowhere/socket", "@swiftcorn-nobody-\(UUID().uuidString)"])
    func `who is not there is told apart from who does not read`(_ address: String) throws {
        guard case .failed = try send("x", to: address) else {
            Issue.record("nobody listens at \(address)")
            return
        }
    }

    @Test func `an address that no socket can have is an error`() throws {
        let long = "/" + String(repeating: "x", count: 200)
        for address in ["", "@", long] {
            guard case .failed = try send("x", to: address) else {
                Issue.record("\(address) is no address")
                continue
            }
        }
    }

    @Test func `a stream is known by its device and its number`() throws {
        let pipe = try Platform.Pipe()
        defer {
            Descriptor.close(pipe.readEnd)
            Descriptor.close(pipe.writeEnd)
        }
        var facts = stat()
        fstat(pipe.readEnd, &facts)
        #expect(LocalDatagrams.isStream(pipe.readEnd, "\(facts.st_dev):\(facts.st_ino)"))
        for text in ["", ":", "1", "\(facts.st_dev):\(facts.st_ino):", "\(facts.st_dev):1", "a:b"] {
            #expect(!LocalDatagrams.isStream(pipe.readEnd, text))
        }
    }
}

@Suite struct ServiceNoticeTests {
    @Test func `a value is one line, so no text becomes another field`() {
        let notice = ServiceNotice().with("READY", "1").status("a\nREADY=0\r\n\tb ")
        #expect(notice.text == "READY=1\nSTATUS=a READY=0 b")
    }

    @Test func `a long value is cut`() {
        let text = ServiceNotice().status(String(repeating: "é", count: 10_000)).text
        #expect(text.utf8.count < 600)
        #expect(text.hasSuffix("é…"))
    }

    @Test func `a failure has its sentence, the kernel's number and the status`() {
        #expect(
            ServiceNotice.failure("no", status: 1, errno: 98).text
                == "STATUS=no\nERRNO=98\nEXIT_STATUS=1"
        )
        #expect(ServiceNotice.failure("no", status: 3).text == "STATUS=no\nEXIT_STATUS=3")
    }
}
