/// The outside world as far as settings ask about it, handed in so that this storey stays pure.
///
/// Every closure answers a question; none of them may change anything.
package struct Surroundings: Sendable {
    /// The process environment at start.
    package var environment: [String: String]
    /// The start directory: PWD when it names the same directory, as Gunicorn prefers it.
    package var workingDirectory: String
    package var effectiveUserID: Int
    package var effectiveGroupID: Int
    package var userID: @Sendable (_ name: String) -> Int?
    package var groupID: @Sendable (_ name: String) -> Int?
    package var fileExists: @Sendable (_ path: String) -> Bool
    package var isDirectory: @Sendable (_ path: String) -> Bool
    /// How many processors this process may use, 1 or more.
    package var usableProcessors: @Sendable () -> Int
    /// Python's `str()` of an object that the caller holds.
    package var objectText: @Sendable (_ handle: Int) -> String
    /// The `__qualname__` of a callable object, nil when the object cannot be called.
    package var qualifiedName: @Sendable (_ handle: Int) -> String?
    /// Turns a hook's value, an import string or an object, into a callable with that arity.
    ///
    /// It throws in Gunicorn's words. An arity of -1 means the `post_request` rule: two to four.
    package var resolveHook:
        @Sendable (_ value: SettingValue, _ arity: Int) throws(SettingError) -> SettingValue

    /// Turns an object given for a class into that class, or into its name; a function is called
    /// for it.
    package var resolveClass: @Sendable (_ handle: Int) throws(SettingError) -> SettingValue

    /// Reads JSON into a value, nil where it is none; what is richer than lists and tables of text
    /// comes as an object.
    package var readJSON: @Sendable (_ text: String) -> SettingValue?

    package init(
        environment: [String: String] = [:],
        workingDirectory: String = "/",
        effectiveUserID: Int = 0,
        effectiveGroupID: Int = 0
    ) {
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.effectiveUserID = effectiveUserID
        self.effectiveGroupID = effectiveGroupID
        userID = { _ in nil }
        groupID = { _ in nil }
        fileExists = { _ in false }
        isDirectory = { _ in false }
        usableProcessors = { 1 }
        objectText = { "<object \($0)>" }
        qualifiedName = { _ in nil }
        resolveHook = Self.acceptHook
        resolveClass = Self.acceptClass
        readJSON = { _ in nil }
    }

    /// Without an interpreter at hand a class is what it is.
    @Sendable
    private static func acceptClass(_ handle: Int) throws(SettingError) -> SettingValue {
        .object(handle)
    }

    /// Without an interpreter at hand a hook is only checked for its shape.
    @Sendable
    private static func acceptHook(
        _ value: SettingValue,
        arity: Int
    ) throws(SettingError) -> SettingValue {
        switch value {
        case .object: return value
        case .text(let path) where path.contains("."): return value
        case .text(let path):
            throw SettingError(
                "Value '\(path)' is not import string. Format: module[.submodules...].object"
            )
        default:
            throw SettingError("Value is not callable: " + value.pythonText { "<object \($0)>" })
        }
    }
}
