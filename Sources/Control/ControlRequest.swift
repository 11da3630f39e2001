/// What one message of a control socket's client asks for.
package struct ControlRequest: Equatable, Sendable {
    /// What the answer is to be recognised by; anything.
    package let id: JSONValue
    /// A command, perhaps with its arguments, as in a shell.
    package let command: String
    /// More arguments.
    package let arguments: [String]

    /// Reads a message; nil where it is none that can be answered.
    package init?(_ message: [UInt8]) {
        guard let value = try? JSONReader.read(message), case .table = value else { return nil }
        id = value["id"] ?? .number("0")
        switch value["command"] {
        case nil: command = ""
        case .text(let text): command = text
        default: return nil
        }
        switch value["args"] {
        case nil, .null: arguments = []
        case .list(let values):
            let texts = values.compactMap(Self.text)
            guard texts.count == values.count else { return nil }
            arguments = texts
        default: return nil
        }
    }

    /// As Python writes it.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .text(let text): text
        case .number(let digits): digits
        case .flag(let flag): flag ? "True" : "False"
        case .null: "None"
        case .list, .table: nil
        }
    }
}
