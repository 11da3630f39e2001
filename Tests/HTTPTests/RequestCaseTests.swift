import HTTP
import Testing

@Suite struct RequestCaseTests {
    static let cases =
        RequestCase.all(in: "valid") + RequestCase.all(in: "invalid")
        + RequestCase.all(in: "ours/valid") + RequestCase.all(in: "ours/invalid") + strict

    /// The cases of `http_strict`.
    static let strict =
        RequestCase.all(in: "ours/strict/valid") + RequestCase.all(in: "ours/strict/invalid")

    @Test func `all of Gunicorn's cases are here`() {
        #expect(RequestCase.all(in: "valid").count == 62)
        #expect(RequestCase.all(in: "invalid").count == 81)
        #expect(Self.strict.count == 92)
    }

    @Test(arguments: cases)
    func `a request in one piece is read or refused as expected`(_ item: RequestCase) {
        #expect(read(item, cuts: []) == Self.expected(item))
    }

    @Test(arguments: cases)
    func `a request byte by byte is read as in one piece`(_ item: RequestCase) {
        #expect(read(item, cuts: Array(1..<item.bytes.count)) == Self.expected(item))
    }

    @Test(arguments: cases)
    func `a request cut in two anywhere is read as in one piece`(_ item: RequestCase) {
        // The few long cases are long because one thing in them is: not every byte counts there.
        let step = item.bytes.count > 2000 ? 13 : 1
        for cut in stride(from: 1, to: item.bytes.count, by: step)
        where read(item, cuts: [cut]) != Self.expected(item) {
            Issue.record("cut at \(cut)")
            return
        }
    }

    @Test(arguments: cases.filter { $0.log != nil && $0.difference == nil })
    func `a refusal is logged and answered in Gunicorn's words`(_ item: RequestCase) {
        var reader = RequestReader(item)
        reader.feed(item.bytes)
        #expect(reader.logText == item.log)
        #expect(reader.answer == item.answer)
    }

    @Test(arguments: cases.filter { $0.status != nil })
    func `a refusal has its status`(_ item: RequestCase) {
        var reader = RequestReader(item)
        reader.feed(item.bytes)
        #expect(reader.finalRefusal?.status == item.status)
    }

    @Test(arguments: strict)
    func `the strict reading refuses more and reads nothing otherwise`(_ item: RequestCase) {
        var lax = item
        lax.limits = item.laxLimits
        let strict = read(item, cuts: [])
        guard case .requests(let requests) = strict else {
            // What both refuse is here for its status.
            let shared = ["version_", "h2_preface", "line_http_0_9"]
            if shared.contains(where: { item.name.contains("/invalid/" + $0) }) { return }
            guard case .requests = read(lax, cuts: []) else {
                Issue.record("\(item.name) is refused without http_strict as well")
                return
            }
            return
        }
        // A later 1.x is the one thing that is read as another.
        guard !item.name.contains("1_7") else { return }
        #expect(read(lax, cuts: []) == .requests(requests))
    }

    /// Gunicorn's one case that ends before its content does and is served all the same.
    private static func expected(_ item: RequestCase) -> RequestCase.Outcome {
        item.name == "valid/099" ? .refusal("NoMoreData") : item.outcome
    }

    private func read(_ item: RequestCase, cuts: [Int]) -> RequestCase.Outcome {
        var reader = RequestReader(item)
        var start = 0
        for cut in cuts + [item.bytes.count] {
            reader.feed(item.bytes[start..<cut])
            start = cut
        }
        return reader.outcome
    }
}
