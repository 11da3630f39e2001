/// What a setting can hold: the kinds of Python value that appear in Gunicorn's table.
///
/// Anything richer (a class, a function, a nested dictionary) stays a Python object held by the
/// caller, and travels here as its handle.
package enum SettingValue: Equatable, Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case text(String)
    case list([String])
    case table([TableEntry])
    case object(Int)
}

/// One line of a table setting, in the order it was written.
package struct TableEntry: Equatable, Sendable {
    package var key: String
    package var value: String

    package init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }
}

extension SettingValue {
    /// Python's idea of an empty value, which several validators read as "not given".
    package var isFalsy: Bool {
        switch self {
        case .none: true
        case .bool(let flag): !flag
        case .integer(let number): number == 0
        case .text(let text): text.isEmpty
        case .list(let items): items.isEmpty
        case .table(let entries): entries.isEmpty
        case .object: false
        }
    }

    /// The value as Python's `str()` writes it; `object` says how a held object reads.
    package func pythonText(object: (Int) -> String) -> String {
        switch self {
        case .none: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .integer(let number): String(number)
        case .text(let text): text
        case .list(let items):
            "[" + items.map(pythonRepr).joined(separator: ", ") + "]"
        case .table(let entries):
            "{"
                + entries.map { pythonRepr($0.key) + ": " + pythonRepr($0.value) }
                .joined(separator: ", ") + "}"
        case .object(let handle): object(handle)
        }
    }
}

extension SettingValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}
