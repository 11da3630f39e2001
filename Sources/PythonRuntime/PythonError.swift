private import CPython

/// An exception that is kept, and let go of with the GIL held, as all errors are.
package final class KeptException: @unchecked Sendable {
    private let object: PythonObject

    fileprivate init(_ reference: PyRef) {
        object = PythonObject(borrowing: reference)
    }

    /// The exception, borrowed.
    package var reference: PyRef { object.reference }
}

/// A Python exception that came out of a call, taken from the interpreter.
package struct PythonError: Error, CustomStringConvertible {
    /// What kind of end it asks for.
    package enum Kind: Equatable, Sendable {
        case ordinary
        /// `SystemExit`, with the status it carries.
        case systemExit(Int32)
        case keyboardInterrupt
    }

    package let kind: Kind
    /// `module.Class`, or `Class` for the built-in ones.
    package let typeName: String
    /// What `str()` makes of the exception.
    package let message: String
    /// The traceback as Python prints it, without the last newline.
    package let traceback: String
    package var description: String { traceback }

    /// Whether it says that a source does not parse.
    package var isSyntaxError: Bool { isOne(of: CPY_SYNTAX_ERROR) }

    /// Whether its message is a sentence for the operator.
    package var isRuntimeError: Bool { isOne(of: CPY_RUNTIME_ERROR) }

    private func isOne(of kind: cpy_exception) -> Bool {
        guard let exception else { return false }
        return PyErr_GivenExceptionMatches(exception.reference, cpy_exception_class(kind)) != 0
    }

    /// The exception itself, for whoever shows it in another way.
    package let exception: KeptException?

    /// Takes the exception that is set right now; the interpreter has none afterwards.
    package static func caught() -> PythonError {
        var type: PyRef?
        var value: PyRef?
        var trace: PyRef?
        PyErr_Fetch(&type, &value, &trace)
        PyErr_NormalizeException(&type, &value, &trace)
        guard let type else {
            return PythonError(
                kind: .ordinary,
                typeName: "SystemError",
                message: "a call failed and set no exception",
                traceback: "",
                exception: nil
            )
        }
        if let value, let trace { PyException_SetTraceback(value, trace) }
        let error = PythonError(
            kind: kind(type: type, value: value),
            typeName: name(of: type),
            message: value.map { PythonObject(borrowing: $0).description } ?? "",
            traceback: format(type: type, value: value, trace: trace),
            exception: value.map { KeptException($0) }
        )
        Py_DecRef(type)
        Py_DecRef(value)
        Py_DecRef(trace)
        PyErr_Clear()
        return error
    }

    private static func kind(type: PyRef, value: PyRef?) -> Kind {
        let exit = cpy_exception_class(CPY_SYSTEM_EXIT)
        if PyErr_GivenExceptionMatches(type, exit) != 0 {
            return .systemExit(exitStatus(of: value))
        }
        let interrupt = cpy_exception_class(CPY_KEYBOARD_INTERRUPT)
        return PyErr_GivenExceptionMatches(type, interrupt) != 0 ? .keyboardInterrupt : .ordinary
    }

    /// As `sys.exit` has it: None is 0, a number itself, anything else 1.
    private static func exitStatus(of value: PyRef?) -> Int32 {
        guard let value, let code = PyObject_GetAttrString(value, "code") else {
            PyErr_Clear()
            return 1
        }
        let owned = PythonObject(owning: code)
        if owned.isNone { return 0 }
        guard cpy_is_integer(owned.reference) else { return 1 }
        return Int32(truncatingIfNeeded: PyLong_AsLong(owned.reference))
    }

    private static func name(of type: PyRef) -> String {
        guard let name = PyObject_GetAttrString(type, "__qualname__") else {
            PyErr_Clear()
            return "?"
        }
        return PythonObject(owning: name).textValue ?? "?"
    }

    /// Python's own `traceback` module writes it, so that it looks as people know it.
    private static func format(type: PyRef, value: PyRef?, trace: PyRef?) -> String {
        guard let module = PyImport_ImportModule("traceback") else {
            PyErr_Clear()
            return ""
        }
        let owned = PythonObject(owning: module)
        do throws(PythonError) {
            let format = try owned.attribute("format_exception")
            let lines = try format.call([type, value ?? cpy_none(), trace ?? cpy_none()])
            var text = lines.shownTexts.joined()
            while text.last == "\n" { text.removeLast() }
            return text
        } catch {
            return ""
        }
    }
}
