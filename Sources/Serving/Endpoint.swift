/// A place where we are asked: one listening socket, as its requests see it.
package final class Endpoint {
    /// The listening descriptor, shared by all workers.
    package let descriptor: Int32
    /// The address as the request's environment names it; the path of a unix socket.
    package let name: String
    /// The port as text; empty for a unix socket.
    package let port: String
    package let isUnix: Bool

    package init(descriptor: Int32, name: String, port: String, isUnix: Bool) {
        self.descriptor = descriptor
        self.name = name
        self.port = port
        self.isUnix = isUnix
    }

    /// What names the endpoint to another process.
    var place: [UInt8] { [isUnix ? 1 : 0] + Array(port.utf8) + [0] + Array(name.utf8) }

    /// The endpoint of a place where this process does not listen.
    convenience init(place: UnsafeRawBufferPointer) {
        let texts = place.dropFirst().split(
            separator: 0,
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        self.init(
            descriptor: -1,
            name: texts.count > 1 ? String(decoding: texts[1], as: UTF8.self) : "",
            port: texts.first.map { String(decoding: $0, as: UTF8.self) } ?? "",
            isUnix: place.first == 1
        )
    }
}
