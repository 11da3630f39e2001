import Foundation
import Platform
import Testing

@Suite struct ListenerTests {
    private let options = ListenerOptions()

    /// Connects to a listener and takes the connection; the peer as the listener sees it.
    private func exchange(_ listener: Listener) throws -> SocketAddress {
        let client = try listener.address.makeSocket()
        do {
            try listener.address.connect(client.rawValue)
        } catch {
            // A non-blocking connection to ourselves is complete, or will be at once.
            try #require(error.errno == EINPROGRESS)
        }
        Descriptor.wait(for: [listener.descriptor], milliseconds: 5000)
        var peer = SocketAddress()
        let connection = peer.accept(from: listener.descriptor)
        try #require(connection >= 0)
        Descriptor.close(connection)
        return peer
    }

    @Test func `a port of zero becomes the one the kernel chose`() throws {
        let listener = try Listener.bind(to: .tcp(host: "127.0.0.1", port: 0), options)
        defer { listener.close() }
        #expect(listener.address.port > 0)
        #expect(listener.display() == "http://127.0.0.1:\(listener.address.port)")
        #expect(listener.display(secure: true).hasPrefix("https://"))
        let peer = try exchange(listener)
        #expect(peer.host == "127.0.0.1")
        #expect(peer.port > 0)
    }

    @Test func `IPv6 hosts stand in brackets`() throws {
        let listener = try Listener.bind(to: .tcp(host: "::1", port: 0), options)
        defer { listener.close() }
        #expect(listener.display() == "http://[::1]:\(listener.address.port)")
        #expect(try exchange(listener).host == "::1")
    }

    @Test func `names are resolved, and an unknown one is told in the resolver's words`() throws {
        let listener = try Listener.bind(to: .tcp(host: "localhost", port: 0), options)
        listener.close()
        #expect(listener.display().hasPrefix("http://127.0.0.1:"))
        #expect {
            try Listener.bind(to: .tcp(host: "256.0.0.1", port: 1), options)
        } throws: { error in
            "\(error)" == "[Errno -2] Name or service not known"
        }
    }

    @Test func `a port in use is told as such`() throws {
        let first = try Listener.bind(to: .tcp(host: "127.0.0.1", port: 0), options)
        defer { first.close() }
        let wanted = ListenAddress.tcp(host: "127.0.0.1", port: first.address.port)
        #expect {
            try Listener.bind(to: wanted, options)
        } throws: { error in
            (error as? ListenerError)?.isInUse == true
                && "\(error)" == "[Errno 98] Address already in use"
        }
        #expect("\(wanted)" == "('127.0.0.1', \(first.address.port))")
    }

    @Test func `with reuse port two sockets share one`() throws {
        var options = options
        options.reusePort = true
        let first = try Listener.bind(to: .tcp(host: "127.0.0.1", port: 0), options)
        defer { first.close() }
        let port = first.address.port
        let second = try Listener.bind(to: .tcp(host: "127.0.0.1", port: port), options)
        second.close()
        #expect(second.address.port == port)
    }

    @Test func `a stale unix socket is taken over and removed at the end`() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/s"
        let stale = try Listener.bind(to: .unix(path: path), options)
        stale.close()
        #expect(FileManager.default.fileExists(atPath: path))
        var options = options
        options.unixMask = 0o117
        let listener = try Listener.bind(to: .unix(path: path), options)
        #expect(listener.display() == "unix:\(path)")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o660)
        #expect(try exchange(listener).host == "")
        stale.unlink()
        #expect(FileManager.default.fileExists(atPath: path), "the path is another's now")
        listener.close()
        listener.unlink()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a file where the socket should be is left alone`() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/f"
        try "text".write(toFile: path, atomically: true, encoding: .utf8)
        #expect {
            try Listener.bind(to: .unix(path: path), options)
        } throws: { error in
            "\(error)" == "'\(path)' is not a socket"
        }
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func `a path that is too long or has no directory is told by the kernel's words`() {
        let long = "/tmp/" + String(repeating: "x", count: 200)
        #expect(throws: ListenerError.self) { try Listener.bind(to: .unix(path: long), options) }
        #expect {
            try Listener.bind(to: .unix(path: "/nosuch/s"), options)
        } throws: { error in
            "\(error)" == "[Errno 2] No such file or directory"
        }
    }

    @Test func `a descriptor we were given is used as it is`() throws {
        let original = try Listener.bind(to: .tcp(host: "127.0.0.1", port: 0), options)
        defer { original.close() }
        let listener = try Listener.bind(to: .descriptor(original.descriptor), options)
        #expect(listener.isInherited)
        #expect(listener.address.port == original.address.port)
        #expect(try exchange(listener).host == "127.0.0.1")
    }

    @Test(arguments: [
        (Int32(-1), "[Errno 9] Bad file descriptor"),
        (1_000_000, "[Errno 9] Bad file descriptor"),
        (2, "[Errno 88] Socket operation on non-socket"),
    ])
    func `a descriptor that is no socket is refused in the kernel's words`(
        number: Int32,
        words: String
    ) {
        #expect {
            try Listener.bind(to: .descriptor(number), options)
        } throws: { error in
            "\(error)" == "fd://\(number): \(words)"
        }
    }

    @Test func `a socket that cannot listen is refused`() throws {
        let original = try Listener.bind(to: .tcp(host: "127.0.0.1", port: 0), options)
        defer { original.close() }
        let client = try original.address.makeSocket()
        // Connected or still connecting: either way it is nobody's listener.
        try? original.address.connect(client.rawValue)
        #expect {
            try Listener.bind(to: .descriptor(client.rawValue), options)
        } throws: { error in
            [
                "fd://\(client.rawValue) is not a listening stream socket",
                "fd://\(client.rawValue) is a connection, not a listening socket: "
                    + "a socket unit for this server says Accept=no",
            ].contains("\(error)")
        }
    }
}

@Suite struct ClockTests {
    @Test func `the calendar is the local one`() {
        let moment = 1_795_464_189
        let ours = CalendarTime(secondsSinceEpoch: moment)
        var theirs = tm()
        var seconds = time_t(moment)
        localtime_r(&seconds, &theirs)
        #expect(ours.year == theirs.tm_year + 1900)
        #expect(ours.second == theirs.tm_sec)
        #expect(Int(ours.offsetSeconds) == theirs.tm_gmtoff)
    }

    @Test func `the monotonic clock only goes forward`() {
        let first = Clock.monotonicNanoseconds()
        #expect(Clock.monotonicNanoseconds() >= first)
        #expect(abs(Clock.realtimeSeconds() - Int(time(nil))) <= 1)
    }
}
