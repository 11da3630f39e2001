/// A JSON value (RFC 8259) that somebody sent, with numbers as they were written.
package indirect enum JSONValue: Equatable, Sendable {
    case null
    case flag(Bool)
    case number(String)
    case text(String)
    case list([JSONValue])
    case table([Member])

    /// A name of an object, and its value.
    package struct Member: Equatable, Sendable {
        package let name: String
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The value of a name; as in Python the last of that name counts.
    package subscript(name: String) -> JSONValue? {
        guard case .table(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }
}
