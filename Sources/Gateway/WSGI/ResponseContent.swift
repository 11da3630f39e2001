import CPython
import Engine
import PythonRuntime
import Serving

/// Sends what an application returned: a list, an iterable, or a file.
///
/// Answers false with a Python exception set.
enum ResponseContent {
    /// Content above this size is sent from where it lies: a reference is cheaper than a copy.
    private static let copiedAtMost = 16 * 1024

    static func send(_ result: PyRef, to exchange: Exchange) -> Bool {
        if cpy_is_exact_list(result) {
            return sendAll(result, PyList_Size, PyList_GetItem, to: exchange)
        }
        if cpy_is_exact_tuple(result) {
            return sendAll(result, PyTuple_Size, PyTuple_GetItem, to: exchange)
        }
        return iterate(result, to: exchange)
    }

    /// Sends one piece, which must be bytes.
    static func write(_ data: PyRef, to exchange: Exchange, isLast: Bool) -> Bool {
        guard cpy_is_bytes(data), let start = PyBytes_AsString(data) else {
            PyErr_Clear()
            return ResponseFields.raise(CPY_TYPE_ERROR, "", data, " is not a byte")
        }
        guard hasStarted(exchange) else { return false }
        let bytes = UnsafeRawBufferPointer(start: start, count: PyBytes_Size(data))
        guard bytes.count > copiedAtMost else {
            if !bytes.isEmpty || isLast {
                _ = exchange.write(bytes, isLast: isLast)
            }
            return true
        }
        Py_IncRef(data)
        let isTaken = exchange.write(bytes, owner: ResponseOwner(data), isLast: isLast)
        if !isTaken { Py_DecRef(data) }
        return true
    }

    /// PEP 3333: the head must have been begun before there is content.
    static func hasStarted(_ exchange: Exchange) -> Bool {
        if exchange.status != 0 { return true }
        _ = cpy_raise(
            CPY_ASSERTION_ERROR,
            "the application did not call start_response before its content"
        )
        return false
    }

    private static func sendAll(
        _ sequence: PyRef,
        _ size: (PyRef?) -> Int,
        _ item: (PyRef?, Int) -> PyRef?,
        to exchange: Exchange
    ) -> Bool {
        guard hasStarted(exchange) else { return false }
        var index = 0
        while index < size(sequence) {
            guard let data = item(sequence, index) else { return false }
            index += 1
            guard write(data, to: exchange, isLast: index == size(sequence)) else { return false }
        }
        exchange.finish()
        return true
    }

    private static func iterate(_ result: PyRef, to exchange: Exchange) -> Bool {
        guard let iterator = PyObject_GetIter(result) else { return false }
        let owned = PythonObject(owning: iterator)
        while let data = PyIter_Next(owned.reference) {
            let ownedData = PythonObject(owning: data)
            guard write(ownedData.reference, to: exchange, isLast: false) else { return false }
            // Nobody reads any more: the rest need not be made.
            if exchange.progress == .aborted { return true }
        }
        guard PyErr_Occurred() == nil, hasStarted(exchange) else { return false }
        exchange.finish()
        return true
    }

    // MARK: wsgi.file_wrapper

    /// Has the kernel send the file behind a wrapper, from where it stands; false where it cannot,
    /// and the wrapper is to be iterated.
    static func sendFile(_ wrapper: PyRef, to exchange: Exchange) -> Bool {
        guard exchange.status != 0, let file = descriptor(behind: wrapper),
            let size = ApplicationFile.regularSize(file),
            let offset = ApplicationFile.position(file)
        else { return false }
        do {
            let ours = try ApplicationFile.duplicate(file)
            let rest = Int(max(0, size - offset))
            exchange.write(file: ours, offset: offset, count: rest)
        } catch {
            return false
        }
        exchange.finish()
        return true
    }

    private static func descriptor(behind wrapper: PyRef) -> Int32? {
        defer { PyErr_Clear() }
        guard let filelike = PyObject_GetAttrString(wrapper, "filelike") else { return nil }
        let owned = PythonObject(owning: filelike)
        guard let method = PyObject_GetAttrString(owned.reference, "fileno") else { return nil }
        let ownedMethod = PythonObject(owning: method)
        guard let number = PyObject_CallObject(ownedMethod.reference, nil) else { return nil }
        let ownedNumber = PythonObject(owning: number)
        guard cpy_is_integer(ownedNumber.reference) else { return nil }
        let value = PyLong_AsLong(ownedNumber.reference)
        return value < 0 ? nil : Int32(exactly: value)
    }
}
