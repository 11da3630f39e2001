/// One field line: where its name and its value stand, and what the parser took the name for.
package struct RequestField: Equatable, Sendable {
    package var name: ByteRange
    package var value: ByteRange
    package var kind: FieldKind

    package init(name: ByteRange, value: ByteRange, kind: FieldKind) {
        self.name = name
        self.value = value
        self.kind = kind
    }
}

/// The fields of a head in order: memory that is filled again for every request.
///
/// An array would ask at every field whether it is shared and whether its memory is its own; this
/// one has a single owner and asks only whether there is room.
@safe
package struct FieldTable: ~Copyable {
    @usableFromInline package var base: UnsafeMutablePointer<RequestField>
    @usableFromInline package var capacity: Int
    package var count = 0

    package init() {
        capacity = 16
        unsafe base = UnsafeMutablePointer<RequestField>.allocate(capacity: 16)
    }

    deinit {
        unsafe base.deallocate()
    }

    package var isEmpty: Bool { count == 0 }
    package var indices: Range<Int> { 0..<count }

    @inlinable
    package subscript(index: Int) -> RequestField {
        precondition(index >= 0 && index < count, "there is no such field")
        return unsafe base[index]
    }

    @inline(__always)
    mutating func append(_ field: RequestField) {
        if count == capacity { grow() }
        unsafe (base + count).initialize(to: field)
        count &+= 1
    }

    /// Forgets the fields and keeps the room.
    package mutating func removeAll() {
        count = 0
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<RequestField>.allocate(capacity: capacity * 2)
        unsafe larger.moveInitialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity *= 2
    }
}
