import Platform

/// Who has begun a response: the handler, or the server because the handler took too long.
///
/// Both may want to at one moment, on two threads; whoever is first has it. It is asked only where
/// there is a deadline for requests.
struct ResponseHolder {
    private let word = RaceWord()

    private static let nobody: UInt64 = 0
    private static let handler: UInt64 = 1
    private static let server: UInt64 = 2

    /// The handler wants to begin; false where it is too late.
    func takeForHandler() -> Bool { word.change(from: Self.nobody, to: Self.handler) }

    /// The server wants to answer in the handler's stead; false where the response has begun.
    func takeForServer() -> Bool { word.change(from: Self.nobody, to: Self.server) }

    /// What the handler sent was no response yet.
    func giveBack() { _ = word.change(from: Self.handler, to: Self.nobody) }

    /// Another request begins.
    func renew() { word.value = Self.nobody }

    var isServers: Bool { word.value == Self.server }
}
