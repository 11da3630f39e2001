import Foundation
import Platform
import Testing

/// They change the environment, so they do it in processes of their own.
@Suite struct ServiceManagerTests {
    @Test func `without a service manager nobody listens`() async {
        await #expect(processExitsWith: .success) {
            let pid = try forked {
                unsetenv("NOTIFY_SOCKET")
                unsetenv("LISTEN_PID")
                guard ServiceManager.notify("READY=1") == .nobodyListens else { return 1 }
                return (try? ServiceManager.takeDescriptors())?.isEmpty == true ? 0 : 2
            }
            #expect(ended(pid) == .status(0))
        }
    }

    @Test func `what we tell arrives as it is`() async {
        await #expect(processExitsWith: .success) {
            let directory = TemporaryDirectory()
            let path = directory.path + "/notify"
            let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0)
            let pid = try forked {
                setenv("NOTIFY_SOCKET", path, 1)
                return ServiceManager.notify("READY=1\nSTATUS=fine") == .delivered ? 0 : 1
            }
            #expect(ended(pid) == .status(0))
            var room = [UInt8](repeating: 0, count: 256)
            let count = recv(socket, &room, room.count, Int32(MSG_DONTWAIT))
            #expect(
                String(decoding: room.prefix(max(0, count)), as: UTF8.self)
                    == "READY=1\nSTATUS=fine"
            )
        }
    }

    @Test func `passed descriptors come with their names, and only once`() async {
        await #expect(processExitsWith: .success) {
            let listener = try Listener.bind(
                to: .tcp(host: "127.0.0.1", port: 0),
                ListenerOptions()
            )
            defer { listener.close() }
            let pid = try forked {
                dup2(listener.descriptor, 3)
                setenv("LISTEN_PID", "\(CurrentProcess.pid)", 1)
                setenv("LISTEN_FDS", "1", 1)
                setenv("LISTEN_FDNAMES", "http", 1)
                guard let passed = try? ServiceManager.takeDescriptors() else { return 1 }
                guard passed.map(\.number) == [3], passed.map(\.name) == ["http"] else { return 2 }
                guard ServiceManager.isListening(3), getenv("LISTEN_FDS") == nil else { return 3 }
                return (try? ServiceManager.takeDescriptors())?.isEmpty == true ? 0 : 4
            }
            #expect(ended(pid) == .status(0))
        }
    }
}
