import Testing

@testable import Serving

/// A queue that can be asked from inside an expectation.
private final class Line {
    var queue: BoundedQueue<Int>

    init(atMost limit: Int, _ numbers: [Int] = []) {
        queue = BoundedQueue(atMost: limit)
        for number in numbers { _ = queue.append(number) }
    }

    func append(_ number: Int) -> Bool { queue.append(number) }
    func pop() -> Int? { queue.popFirst() }
    var rest: [Int] {
        var numbers: [Int] = []
        while let number = queue.popFirst() { numbers.append(number) }
        return numbers
    }
}

@Suite struct BoundedQueueTests {
    @Test func `what went in first comes out first`() {
        let line = Line(atMost: 1000)
        var out: [Int] = []
        for number in 0..<500 {
            #expect(line.append(number))
            if number % 3 == 2, let first = line.pop() { out.append(first) }
        }
        out += line.rest
        #expect(out == Array(0..<500))
        #expect(line.queue.isEmpty && line.queue.front == nil)
    }

    @Test func `a full queue refuses, and takes again once there is room`() {
        let line = Line(atMost: 2, [1, 2])
        #expect(!line.append(3))
        #expect(line.pop() == 1)
        #expect(line.append(4))
        #expect(!line.append(5))
        #expect(line.rest == [2, 4])
    }

    @Test func `a queue of none refuses everything`() {
        #expect(!Line(atMost: 0).append(1))
    }

    @Test func `what is done at the front makes room, what is done behind it does not`() {
        let line = Line(atMost: 3, [2, 4, 5])
        line.queue.dropFirst { $0 % 2 == 0 }
        #expect(line.queue.count == 1 && line.queue.front == 5)
        #expect(line.append(6))
        line.queue.dropFirst { $0 % 2 == 0 }
        #expect(line.rest == [5, 6])
    }

    @Test func `one may be taken out of the middle`() {
        let line = Line(atMost: 9, [1, 2, 3, 4])
        #expect(line.pop() == 1)
        let taken = line.queue.remove { $0 > 2 }
        let none = line.queue.remove { $0 > 4 }
        #expect(taken == 3 && none == nil)
        #expect(line.rest == [2, 4])
    }
}
