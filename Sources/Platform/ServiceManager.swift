private import CSystemd

/// The service manager that started us, when one did: told what we do, asked for its sockets.
///
/// Its library is opened only for what it has to say (docs/decisions/0001); what it is told goes
/// to its socket directly, because the library may wait for a reader who is stuck
/// (docs/decisions/0005).
package enum ServiceManager {
    /// What became of a message.
    package enum Outcome: Equatable, Sendable {
        case delivered
        case nobodyListens
        /// It does not read at the moment.
        case busy
        case failed(SystemError)
    }

    /// Whether anybody wants to be told.
    package static var isListening: Bool { address != nil }

    private static var address: String? {
        ProcessEnvironment.variable("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Sends lines such as `READY=1`, with a descriptor for it to keep where one is given.
    @discardableResult
    package static func notify(_ lines: String, with descriptor: Int32? = nil) -> Outcome {
        guard let address else { return .nobodyListens }
        guard address.hasPrefix("/") || address.hasPrefix("@") else {
            return notifyByLibrary(lines)
        }
        do throws(SystemError) {
            let socket = try LocalDatagrams.shared.get()
            var lines = lines
            let outcome = lines.withUTF8 { bytes in
                socket.send(UnsafeRawBufferPointer(bytes), to: address, with: descriptor)
            }
            switch outcome {
            case .delivered: return .delivered
            case .busy: return .busy
            case .failed(let error): return .failed(error)
            }
        } catch {
            return .failed(error)
        }
    }

    /// Of other addresses (`vsock:` and what is yet to come) the library knows more than we do.
    private static func notifyByLibrary(_ lines: String) -> Outcome {
        let result = csystemd_notify(lines)
        if result > 0 { return .delivered }
        return result == 0
            ? .nobodyListens : .failed(SystemError(call: "sd_notify", errno: -result))
    }

    /// How often it wants to hear that this process is well, in nanoseconds; nil where it does not
    /// watch this process.
    package static var watchdogNanoseconds: UInt64? {
        guard let text = ProcessEnvironment.variable("WATCHDOG_USEC"),
            let microseconds = UInt64(text), microseconds > 0, microseconds <= UInt64.max / 1000
        else { return nil }
        if let pid = ProcessEnvironment.variable("WATCHDOG_PID"), pid != "\(CurrentProcess.pid)" {
            return nil
        }
        return microseconds * 1000
    }

    /// How many descriptors it keeps for us while we restart; 0 where it keeps none, or is too old
    /// to say.
    package static var storeCapacity: Int {
        ProcessEnvironment.variable("FDSTORE").flatMap { Int($0) }.map { max(0, $0) } ?? 0
    }

    /// The number that passed descriptors begin with.
    package static let firstDescriptor: Int32 = 3

    /// A descriptor we were started with, and the name its unit gives it.
    package struct PassedDescriptor: Equatable, Sendable {
        package let number: Int32
        package let name: String

        package init(number: Int32, name: String) {
            self.number = number
            self.name = name
        }
    }

    /// The descriptors passed to this process; the variables that said so are taken out of the C
    /// environment, so that no child mistakes them for its own.
    package static func takeDescriptors() throws(ActivationFailure) -> [PassedDescriptor] {
        let variables = ActivationFailure.variables
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = csystemd_take_descriptors(&names)
        guard count >= 0 else {
            let cause = SystemError(call: "sd_listen_fds", errno: -count)
            throw ActivationFailure(variables: variables, cause: cause)
        }
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

/// Why the sockets that were promised cannot be taken.
package struct ActivationFailure: Error, Equatable, CustomStringConvertible {
    /// What the environment said.
    let variables: String
    package let cause: SystemError

    package var description: String {
        if cause.isMissingLibrary { return "libsystemd.so.0 is not on this machine" }
        return "\(variables): \(cause)"
    }

    static var variables: String {
        ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
            .compactMap { name in
                ProcessEnvironment.variable(name).map { "\(name)=\($0)" }
            }
            .joined(separator: " ")
    }
}

extension SystemError {
    /// Whether the service manager's library cannot be opened.
    package var isMissingLibrary: Bool { errno == SystemError.libraryMissing }
}
