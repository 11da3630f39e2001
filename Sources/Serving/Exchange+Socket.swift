import Engine
package import Platform

// MARK: - The socket itself, for an application that was asked to speak another protocol

extension Exchange {
    /// A descriptor of the connection's socket that the application may read and write as it
    /// likes, waiting as any socket does; it is the caller's to close.
    ///
    /// After a response that says `Connection: upgrade` the socket is the application's alone.
    package func lendSocket() throws(SystemError) -> Int32 {
        precondition(connection != nil, "a socket was lent outside of its request")
        guard let connection else { return -1 }
        return try connection.lendSocket()
    }
}
