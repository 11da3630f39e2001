@testable import SharedStore

/// A store in memory of the test's own, with a clock that the test moves.
final class StoreUnderTest {
    static let own: UInt64 = 7
    /// A process that is gone.
    static let gone: UInt64 = 666

    let store: SharedStore
    let buffer = ValueBuffer()
    var now: UInt64 = 1000
    private let memory: UnsafeMutableRawBufferPointer

    init(bytes: Int = 64 * 1024, entries: Int = 1000) {
        let layout = StoreLayout(bytes: bytes, entries: entries)
        memory = .allocate(byteCount: layout.size, alignment: 4096)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        guard let base = memory.baseAddress else { preconditionFailure("memory has an address") }
        store = SharedStore(at: base, layout, seed: StoreSeed(1, 2)) { owner in
            owner == StoreUnderTest.gone
        }
    }

    deinit { memory.deallocate() }

    var call: StoreCall { StoreCall(caller: Self.own, now: now) }

    func key(_ text: String, _ body: (StoreKey) -> StoreOutcome) -> StoreOutcome {
        Array(text.utf8).withUnsafeBytes { body(store.key($0)) }
    }

    @discardableResult
    func set(_ key: String, _ value: Sample, expiry: UInt64 = 0) -> StoreOutcome {
        self.key(key) { key in
            value.with { store.set(key, $0, expiry: expiry, call) }
        }
    }

    func set(_ key: String, _ value: Sample, expecting: Sample?) -> StoreOutcome {
        self.key(key) { key in
            value.with { value in
                guard let expecting else {
                    return store.set(key, value, expiry: 0, expecting: nil, call)
                }
                return expecting.with {
                    store.set(key, value, expiry: 0, expecting: $0, call)
                }
            }
        }
    }

    func get(_ key: String) -> Sample? {
        let outcome = self.key(key) { store.get($0, into: buffer, call) }
        guard outcome == .done else { return nil }
        switch buffer.kind {
        case .integer: return .integer(buffer.integer)
        case .real: return .real(buffer.real)
        case .bytes: return .bytes([UInt8](buffer.bytes))
        case .text: return .text(String(decoding: buffer.bytes, as: UTF8.self))
        }
    }

    @discardableResult
    func increment(_ key: String, by delta: Int64 = 1, expiry: UInt64 = 0) -> StoreOutcome {
        var sum: Int64 = 0
        return self.key(key) {
            store.increment($0, .init(by: delta, expiry: expiry), call, sum: &sum)
        }
    }

    @discardableResult
    func delete(_ key: String) -> StoreOutcome { self.key(key) { store.delete($0, call) } }

    func touch(_ key: String, expiry: UInt64) -> StoreOutcome {
        self.key(key) { store.touch($0, expiry: expiry, call) }
    }
}

/// A value as tests have it.
enum Sample: Equatable {
    case bytes([UInt8])
    case text(String)
    case integer(Int64)
    case real(Double)

    func with<Result>(_ body: (StoredValue) -> Result) -> Result {
        switch self {
        case .integer(let number): body(.integer(number))
        case .real(let number): body(.real(number))
        case .bytes(let bytes): bytes.withUnsafeBytes { body(.bytes($0)) }
        case .text(let text): Array(text.utf8).withUnsafeBytes { body(.text($0)) }
        }
    }
}

/// Random numbers that are the same in every run.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
