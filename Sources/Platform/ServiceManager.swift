private import CSystemd

/// The service manager that started us, when one did: told what we do, asked for its sockets.
///
/// Its library is opened only when the environment says that there is somebody to talk to.
package enum ServiceManager {
    /// What became of a message.
    package enum Outcome: Equatable, Sendable {
        case delivered
        case nobodyListens
        case failed(SystemError)
    }

    /// Sends lines such as `READY=1`.
    @discardableResult
    package static func notify(_ lines: String) -> Outcome {
        let result = csystemd_notify(lines)
        if result > 0 { return .delivered }
        return result == 0
            ? .nobodyListens : .failed(SystemError(call: "sd_notify", errno: -result))
    }

    /// The number that passed descriptors begin with.
    package static let firstDescriptor: Int32 = 3

    /// A descriptor we were started with, and the name its unit gives it.
    package struct PassedDescriptor: Equatable, Sendable {
        package let number: Int32
        package let name: String
    }

    /// The descriptors passed to this process; the variables that said so are taken out of the C
    /// environment, so that no child mistakes them for its own.
    package static func takeDescriptors() throws(SystemError) -> [PassedDescriptor] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = try checked("sd_listen_fds", csystemd_take_descriptors(&names))
        defer { csystemd_free_names(names, count) }
        return (0..<count).map { index in
            let name = names.flatMap { $0[Int(index)] }.map { String(cString: $0) }
            return PassedDescriptor(number: 3 + index, name: name ?? "unknown")
        }
    }

    /// Whether a passed descriptor is a stream socket that listens.
    package static func isListening(_ descriptor: Int32) -> Bool {
        csystemd_is_listening(descriptor) == 1
    }
}

extension SystemError {
    /// One sentence for the log when the service manager's library cannot be opened.
    package var isMissingLibrary: Bool { errno == SystemError.libraryMissing }
}
