/// A queue, first in first out, that holds so many and refuses more.
struct BoundedQueue<Element> {
    let limit: Int
    private var elements: [Element?] = []
    private var first = 0

    init(atMost limit: Int) {
        self.limit = max(0, limit)
    }

    var count: Int { elements.count - first }
    var isEmpty: Bool { first == elements.count }
    var front: Element? { isEmpty ? nil : elements[first] }

    /// Adds at the end; false, and nothing changes, where it is full.
    mutating func append(_ element: Element) -> Bool {
        guard count < limit else { return false }
        elements.append(element)
        return true
    }

    /// Puts back what was taken out; also where it is full.
    mutating func prepend(_ element: Element) {
        if first > 0 {
            first -= 1
            elements[first] = element
        } else {
            elements.insert(element, at: 0)
        }
    }

    func contains(where isWanted: (Element) -> Bool) -> Bool {
        elements[first...].contains { $0.map(isWanted) ?? false }
    }

    /// Adds at the end, whatever the limit says.
    mutating func appendAnyway(_ element: Element) {
        elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard first < elements.count else { return nil }
        defer {
            elements[first] = nil
            first += 1
            forgetFront()
        }
        return elements[first]
    }

    /// Drops from the front as long as the predicate holds.
    mutating func dropFirst(while isDone: (Element) -> Bool) {
        while let front, isDone(front) { _ = popFirst() }
    }

    /// Takes out the first that the predicate holds for.
    mutating func remove(where isWanted: (Element) -> Bool) -> Element? {
        for index in first..<elements.count {
            guard let element = elements[index], isWanted(element) else { continue }
            elements.remove(at: index)
            return element
        }
        return nil
    }

    /// A queue that never runs empty must not remember all that it ever held.
    private mutating func forgetFront() {
        if first == elements.count {
            elements.removeAll(keepingCapacity: elements.capacity <= 64)
            first = 0
        } else if first >= 64, first * 2 >= elements.count {
            elements.removeFirst(first)
            first = 0
        }
    }
}
