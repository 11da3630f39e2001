import Testing

@testable import Serving

@Suite struct PatienceTests {
    @Test func `short calls wake nobody`() {
        var patience = Patience()
        for _ in 0..<100 { patience.callEnded(after: Patience.longCall - 1) }
        #expect(!patience.isOver)
    }

    @Test func `after a long call others take over at once, until enough short ones`() {
        var patience = Patience()
        patience.callEnded(after: Patience.longCall)
        for _ in 0..<Patience.shortCallsPerLong {
            #expect(patience.isOver)
            patience.callEnded(after: 1)
        }
        #expect(!patience.isOver)
    }

    @Test func `many long calls are forgotten after a bounded number of short ones`() {
        var patience = Patience()
        for _ in 0..<10_000 { patience.callEnded(after: .max) }
        for _ in 0..<Patience.memory { patience.callEnded(after: 1) }
        #expect(!patience.isOver)
    }
}
