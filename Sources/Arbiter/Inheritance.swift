/// What the program that went before leaves to this one: the sockets, and who it is.
///
/// The variables are Gunicorn's own, so that either can follow the other.
package struct Inheritance: Equatable, Sendable {
    /// The master that started this one, and that serves beside it until it is told to go.
    package var predecessor: Int32?
    /// The sockets that are listened at.
    package var descriptors: [Int32] = []
    /// Those that the monitor listens at.
    package var monitorDescriptors: [Int32] = []

    /// Names the process that the descriptors come from.
    package static let processVariable = "GUNICORN_PID"
    /// Numbers with commas between them.
    package static let descriptorVariable = "GUNICORN_FD"
    /// The same for the monitor's sockets, which Gunicorn does not have.
    package static let monitorVariable = "SWIFTCORN_HEALTH_FD"

    /// Sockets that anybody passes on; a longer list is a mistake.
    static let descriptorsAtMost = 1024

    /// Nothing: the usual start.
    package init() {}

    /// Reads the variables; as in Gunicorn descriptors without a process are nobody's.
    package init(variables: [String: String]) throws(InheritanceError) {
        guard let text = variables[Self.processVariable] else { return }
        guard let number = Int32(text), number > 0 else {
            throw .unreadable(Self.processVariable, text)
        }
        predecessor = number
        descriptors = try Self.numbers(Self.descriptorVariable, variables)
        monitorDescriptors = try Self.numbers(Self.monitorVariable, variables)
    }

    private static func numbers(
        _ name: String,
        _ variables: [String: String]
    ) throws(InheritanceError) -> [Int32] {
        guard let text = variables[name], !text.isEmpty else { return [] }
        var found: [Int32] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = Int32(part), number >= 0, !found.contains(number),
                found.count < descriptorsAtMost
            else { throw .unreadable(name, text) }
            found.append(number)
        }
        return found
    }
}

/// Why a server cannot go on from where another is.
package enum InheritanceError: Error, Equatable, CustomStringConvertible {
    /// A variable whose text makes no sense.
    case unreadable(String, String)
    /// A process is named, and no socket of it.
    case nothing(pid: Int32)

    package var description: String {
        switch self {
        case .unreadable(let name, let text):
            "\(name) is '\(text)', which no server has set: unset it, or start without it"
        case .nothing(let pid):
            "\(Inheritance.processVariable) is \(pid), and \(Inheritance.descriptorVariable) names "
                + "no socket: unset it, or start without it"
        }
    }
}
