import CPython
import HTTP
import PythonRuntime
import Serving

/// Judges the status and the fields an application gives, and hands them to the exchange.
///
/// Answers false with a Python exception set, in Gunicorn's words.
enum ResponseFields {
    /// The exceptions for fields; set once, before the first request.
    nonisolated(unsafe) static var invalidField: PyRef?
    nonisolated(unsafe) static var invalidFieldName: PyRef?

    /// Begins the response with the application's status.
    static func begin(_ exchange: Exchange, status: PyRef) -> Bool {
        var code: Int?
        let isText = Latin1.withBytes(of: status) { bytes in
            code = ResponseField.isStatusLine(bytes)
            if let code { exchange.begin(status: code, text: bytes) }
        }
        guard isText else { return notText(status) }
        guard code != nil else { return raise(CPY_VALUE_ERROR, "Invalid status ", status) }
        return true
    }

    /// Names that were judged before.
    nonisolated(unsafe) private static var names = FieldNames()

    /// Takes one field, as bytes: what its name means, the name (a token), the value as it came.
    ///
    /// What it answers decides what Python is told.
    typealias Taker = (
        ResponseFieldKind, UnsafeRawBufferPointer, UnsafeRawBufferPointer
    ) -> Exchange.FieldVerdict

    /// What names and values may be: `str` and nothing else, or `bytes` as well.
    enum Words {
        case text
        case textOrBytes
    }

    /// Adds the application's fields: a list of pairs, or anything that can be iterated.
    static func add(_ headers: PyRef, to exchange: Exchange) -> Bool {
        forEach(in: headers) { kind, name, value in
            exchange.addField(kind: kind, name: name, value: value)
        }
    }

    /// Hands over every pair of a list, or of anything that can be iterated.
    static func forEach(
        in headers: PyRef,
        as words: Words = .text,
        _ take: Taker
    ) -> Bool {
        guard cpy_is_exact_list(headers) else { return iterate(headers, words, take) }
        var index = 0
        while index < PyList_Size(headers) {
            guard let pair = PyList_GetItem(headers, index), give(pair: pair, words, take) else {
                return false
            }
            index += 1
        }
        return true
    }

    private static func iterate(_ headers: PyRef, _ words: Words, _ take: Taker) -> Bool {
        guard let iterator = PyObject_GetIter(headers) else { return false }
        let owned = PythonObject(owning: iterator)
        while let pair = PyIter_Next(owned.reference) {
            let ownedPair = PythonObject(owning: pair)
            guard give(pair: ownedPair.reference, words, take) else { return false }
        }
        return PyErr_Occurred() == nil
    }

    private static func give(pair: PyRef, _ words: Words, _ take: Taker) -> Bool {
        if cpy_is_exact_tuple(pair), PyTuple_Size(pair) == 2,
            let name = PyTuple_GetItem(pair, 0), let value = PyTuple_GetItem(pair, 1)
        {
            return give(name: name, value: value, words, take)
        }
        guard let sequence = PySequence_Tuple(pair) else { return false }
        let owned = PythonObject(owning: sequence)
        guard PyTuple_Size(owned.reference) == 2,
            let name = PyTuple_GetItem(owned.reference, 0),
            let value = PyTuple_GetItem(owned.reference, 1)
        else {
            _ = cpy_raise(CPY_VALUE_ERROR, "a response header is not a pair of name and value")
            return false
        }
        return give(name: name, value: value, words, take)
    }

    private static func give(
        name: PyRef,
        value: PyRef,
        _ words: Words,
        _ take: Taker
    ) -> Bool {
        if words == .textOrBytes, cpy_is_bytes(name) || cpy_is_bytes(value) {
            return give(text: name, text: value, take)
        }
        if let known = names.known(name) {
            return give(known.kind, known.bytes, value, name, take)
        }
        var isAccepted = false
        let nameIsText = Latin1.withBytes(of: name) { bytes in
            guard ResponseField.isToken(bytes) else {
                return PyErr_SetObject(invalidFieldName, name)
            }
            let kind = ResponseField.kind(of: bytes)
            // A token is ASCII, so these bytes are the object's own.
            names.remember(name, bytes, kind)
            isAccepted = give(kind, bytes, value, name, take)
        }
        return nameIsText ? isAccepted : notText(name)
    }

    /// Gives a pair of which something is `bytes`: each as the text that Latin-1 makes of it.
    private static func give(text name: PyRef, text value: PyRef, _ take: Taker) -> Bool {
        guard let name = decoded(name) else { return false }
        let ownedName = PythonObject(owning: name)
        guard let value = decoded(value) else { return false }
        let ownedValue = PythonObject(owning: value)
        return give(name: ownedName.reference, value: ownedValue.reference, .text, take)
    }

    private static func decoded(_ object: PyRef) -> PyRef? {
        guard cpy_is_bytes(object), let start = PyBytes_AsString(object) else {
            Py_IncRef(object)
            return object
        }
        return PyUnicode_DecodeLatin1(start, PyBytes_Size(object), nil)
    }

    private static func give(
        _ kind: ResponseFieldKind,
        _ nameBytes: UnsafeRawBufferPointer,
        _ value: PyRef,
        _ name: PyRef,
        _ take: Taker
    ) -> Bool {
        var verdict = Exchange.FieldVerdict.invalidValue
        let valueIsText = Latin1.withBytes(of: value) { bytes in
            verdict = take(kind, nameBytes, Latin1.trimmed(bytes))
        }
        guard valueIsText else { return notText(value) }
        switch verdict {
        case .accepted: return true
        // The value is not shown: it may be what an attacker wants to see in a log.
        case .invalidValue: PyErr_SetObject(invalidField, name)
        case .invalidLength: return raise(CPY_VALUE_ERROR, "Content-Length is no number: ", value)
        }
        return false
    }

    private static func notText(_ object: PyRef) -> Bool {
        if PyErr_Occurred() != nil { return false }
        return raise(CPY_TYPE_ERROR, "", object, " is not a string")
    }

    /// Raises with the object's `repr` in the message.
    static func raise(
        _ kind: cpy_exception,
        _ before: String,
        _ object: PyRef,
        _ after: String = ""
    ) -> Bool {
        guard let representation = PyObject_Repr(object) else { return false }
        let text = PythonObject(owning: representation).textValue ?? "?"
        _ = cpy_raise(kind, before + text + after)
        return false
    }
}

/// The bytes of a `str` whose characters are all below 256, as PEP 3333 wants them.
enum Latin1 {
    /// Runs `body` with the bytes; false where the object is no `str` (no exception is set) or has
    /// other characters (one is).
    static func withBytes(
        of text: PyRef,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        guard cpy_is_text(text) else { return false }
        var size = 0
        if let start = PyUnicode_AsUTF8AndSize(text, &size), size == PyUnicode_GetLength(text) {
            // As many bytes as characters: all are ASCII, and UTF-8 is what is wanted.
            body(UnsafeRawBufferPointer(start: start, count: size))
            return true
        }
        PyErr_Clear()
        guard let encoded = PyUnicode_AsLatin1String(text) else { return false }
        let owned = PythonObject(owning: encoded)
        guard let start = PyBytes_AsString(owned.reference) else { return false }
        body(UnsafeRawBufferPointer(start: start, count: PyBytes_Size(owned.reference)))
        return true
    }

    /// The bytes without blanks and tabs at either end.
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var first = 0
        var last = bytes.count
        while first < last, isBlank(bytes[first]) { first += 1 }
        while last > first, isBlank(bytes[last - 1]) { last -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[first..<last])
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
