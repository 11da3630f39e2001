import Testing

@testable import SharedStore

/// The store beside a dictionary that does the same.
@Suite struct StoreModelTests {
    private struct Entry {
        var value: Sample
        var expiry: UInt64
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func itDoesWhatADictionaryDoes(seed: UInt64) {
        var dice = Dice(seed)
        // Large enough that nothing has to make room.
        let test = StoreUnderTest(bytes: 2 << 20, entries: 4000)
        var model: [String: Entry] = [:]
        for _ in 0..<20_000 {
            let key = "key \(Int.random(in: 0..<200, using: &dice))"
            if let entry = model[key], entry.expiry != 0, entry.expiry <= test.now {
                model[key] = nil
            }
            step(test, key, &model, &dice)
            test.now += .random(in: 0...3, using: &dice)
        }
        #expect(test.store.figures.evictions == 0)
        for (key, entry) in model where entry.expiry == 0 || entry.expiry > test.now {
            #expect(test.get(key) == entry.value)
        }
    }

    private func step(
        _ test: StoreUnderTest,
        _ key: String,
        _ model: inout [String: Entry],
        _ dice: inout Dice
    ) {
        let isThere = model[key] != nil
        let ends = Int.random(in: 0..<3, using: &dice) == 0
        let expiry = ends ? test.now + .random(in: 1...200, using: &dice) : 0
        let value = sample(&dice)
        switch Int.random(in: 0..<8, using: &dice) {
        case 0, 1:
            #expect(test.set(key, value, expiry: expiry) == .done)
            model[key] = Entry(value: value, expiry: expiry)
        case 2:
            #expect(test.set(key, value, expecting: nil) == (isThere ? .declined : .done))
            if !isThere { model[key] = Entry(value: value, expiry: 0) }
        case 3:
            let expected = model[key]?.value ?? .text("nothing")
            let outcome = test.set(key, value, expecting: expected)
            #expect(outcome == (isThere ? .done : .declined))
            if isThere { model[key] = Entry(value: value, expiry: 0) }
        case 4:
            let delta = Int64.random(in: -5...5, using: &dice)
            let outcome = test.increment(key, by: delta, expiry: expiry)
            switch model[key]?.value {
            case nil: model[key] = Entry(value: .integer(delta), expiry: expiry)
            case .integer(let number): model[key]?.value = .integer(number + delta)
            default: #expect(outcome == .notAnInteger)
            }
        case 5:
            #expect(test.delete(key) == (isThere ? .done : .declined))
            model[key] = nil
        case 6:
            #expect(test.touch(key, expiry: expiry) == (isThere ? .done : .declined))
            model[key]?.expiry = expiry
        default:
            #expect(test.get(key) == model[key]?.value)
        }
    }

    private func sample(_ dice: inout Dice) -> Sample {
        switch Int.random(in: 0..<5, using: &dice) {
        case 0, 1: return .integer(.random(in: -100...100, using: &dice))
        case 2: return .real(.random(in: 0...1, using: &dice))
        case 3: return .text(String(repeating: "x", count: .random(in: 0...300, using: &dice)))
        default:
            let byte = UInt8.random(in: 0...255, using: &dice)
            let count = Int.random(in: 0...3000, using: &dice)
            return .bytes([UInt8](repeating: byte, count: count))
        }
    }

    /// Where there is too little room the store forgets, and never tells anything wrong.
    @Test func inTooLittleRoomItForgetsAndDoesNotLie() {
        var dice = Dice(4)
        let test = StoreUnderTest(entries: 200)
        var model: [String: Sample] = [:]
        for _ in 0..<30_000 {
            let key = "key \(Int.random(in: 0..<500, using: &dice))"
            if Bool.random(using: &dice) {
                let value = sample(&dice)
                #expect(test.set(key, value) == .done)
                model[key] = value
            } else if let found = test.get(key) {
                #expect(found == model[key])
            }
            #expect(test.store.figures.entries <= 200)
        }
        #expect(test.store.figures.evictions > 1000)
    }
}
