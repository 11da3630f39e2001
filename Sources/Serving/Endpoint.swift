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
}
