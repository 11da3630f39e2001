import CPython
import Platform
import PythonRuntime
import SharedStore

/// Between the objects of Python and what the store holds.
///
/// What cannot be had raises, and is nil.
enum SharedValue {
    /// Seconds that an entry may be kept at most; longer ones do not fit the clock.
    private static let secondsAtMost = 4e9

    /// The bytes of a key, which live as long as the object.
    @inline(__always)
    static func key(_ object: PyRef?) -> UnsafeRawBufferPointer? {
        guard let object else { return nil }
        let bytes = cpy_is_text(object) ? utf8(object) : raw(object, "a key is str or bytes")
        guard let bytes else { return nil }
        guard bytes.count <= StoreLayout.keyAtMost else {
            _ = cpy_raise(
                CPY_VALUE_ERROR,
                "a key has \(StoreLayout.keyAtMost) bytes at most, not \(bytes.count)"
            )
            return nil
        }
        return bytes
    }

    /// A value, whose bytes live as long as the object.
    @inline(__always)
    static func value(_ object: PyRef?) -> StoredValue? {
        guard let object else { return nil }
        if cpy_is_bytes(object) { return raw(object, "").map { .bytes($0) } }
        if cpy_is_text(object) { return utf8(object).map { .text($0) } }
        if cpy_is_integer(object) { return integer(object).map { .integer($0) } }
        if cpy_is_real(object) { return .real(PyFloat_AsDouble(object)) }
        return raw(object, "a value is bytes, str, int or float").map { .bytes($0) }
    }

    /// A number of 64 bits.
    static func integer(_ object: PyRef) -> Int64? {
        guard cpy_is_integer(object) else {
            _ = cpy_raise(CPY_TYPE_ERROR, "an int is needed here")
            return nil
        }
        let number = PyLong_AsLongLong(object)
        guard number == -1, PyErr_Occurred() != nil else { return number }
        return nil
    }

    /// The moment that is so many seconds ahead; 0 where none are given.
    @inline(__always)
    static func expiry(_ object: PyRef?) -> UInt64? {
        guard let object, object != cpy_none() else { return 0 }
        return expiryAhead(object)
    }

    private static func expiryAhead(_ object: PyRef) -> UInt64? {
        guard cpy_is_integer(object) || cpy_is_real(object) else {
            _ = cpy_raise(CPY_TYPE_ERROR, "ttl is a number of seconds, or None")
            return nil
        }
        let seconds = PyFloat_AsDouble(object)
        if seconds == -1, PyErr_Occurred() != nil { return nil }
        // What is no number compares with nothing.
        guard seconds > 0 else {
            _ = cpy_raise(CPY_VALUE_ERROR, "ttl has to be more than 0 seconds")
            return nil
        }
        let nanoseconds = UInt64(min(seconds, secondsAtMost) * 1e9)
        return Clock.monotonicNanoseconds() &+ max(1, nanoseconds)
    }

    /// The object for what was read.
    @inline(__always)
    static func object(_ buffer: ValueBuffer) -> PyRef? {
        switch buffer.kind {
        case .integer: return PyLong_FromLongLong(buffer.integer)
        case .real: return PyFloat_FromDouble(buffer.real)
        case .bytes:
            return PyBytes_FromStringAndSize(characters(buffer.bytes), buffer.count)
        case .text:
            return PyUnicode_DecodeUTF8(characters(buffer.bytes), buffer.count, nil)
        }
    }

    private static func characters(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<CChar>? {
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    }

    /// Kept by the `str` itself; raises where it is no Unicode.
    @inline(__always)
    private static func utf8(_ text: PyRef) -> UnsafeRawBufferPointer? {
        var count = 0
        guard let start = PyUnicode_AsUTF8AndSize(text, &count) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    @inline(__always)
    private static func raw(_ object: PyRef, _ refusal: StaticString) -> UnsafeRawBufferPointer? {
        guard cpy_is_bytes(object), let start = PyBytes_AsString(object) else {
            _ = cpy_raise(CPY_TYPE_ERROR, "\(refusal)")
            return nil
        }
        return UnsafeRawBufferPointer(start: start, count: PyBytes_Size(object))
    }
}
