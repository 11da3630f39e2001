import CPython
import HTTP
import PythonRuntime
import Serving

/// What is known of the names of response fields that an application uses again and again.
///
/// A `str` never changes, so a name that was judged once need not be judged again as long as the
/// very same object comes; the table holds a reference to each, so no other object can have taken
/// its place. Bounded: a name that hashes to a taken place takes it over.
struct FieldNames: ~Copyable {
    private struct Entry {
        var object: PyRef?
        var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        var kind = ResponseFieldKind.other
    }

    private static let slots = 128
    /// Bytes of a name that is remembered at most.
    private static let nameAtMost = 64

    private let entries: UnsafeMutablePointer<Entry>

    init() {
        entries = .allocate(capacity: Self.slots)
        entries.initialize(repeating: Entry(), count: Self.slots)
    }

    /// A name that was found good before: its bytes and what it means to the server.
    func known(_ name: PyRef) -> (bytes: UnsafeRawBufferPointer, kind: ResponseFieldKind)? {
        let entry = entries[slot(of: name)]
        return entry.object == name ? (entry.bytes, entry.kind) : nil
    }

    /// Remembers a name that is a token.
    ///
    /// Its bytes live as long as the object: they are its own.
    mutating func remember(
        _ name: PyRef,
        _ bytes: UnsafeRawBufferPointer,
        _ kind: ResponseFieldKind
    ) {
        guard bytes.count <= Self.nameAtMost else { return }
        let slot = slot(of: name)
        if let former = entries[slot].object { Py_DecRef(former) }
        Py_IncRef(name)
        entries[slot] = Entry(object: name, bytes: bytes, kind: kind)
    }

    /// Objects lie sixteen bytes apart at least: the lowest bits say nothing.
    private func slot(of name: PyRef) -> Int {
        Int(truncatingIfNeeded: (UInt(bitPattern: name) >> 4) & UInt(Self.slots - 1))
    }
}
