import Assembly
public import CPython
import PythonRuntime

/// The way in: what `import swiftcorn._core` runs.
@c(PyInit__core)
public func initializeModule() -> UnsafeMutablePointer<PyObject>? {
    Interpreter.prepare()
    let methods = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 4)
    methods.initialize(
        to: PyMethodDef(
            ml_name: name("main"),
            ml_meth: { _, arguments in runMain(arguments) },
            ml_flags: METH_O,
            ml_doc: name("Runs the command line; arguments[0] is the program's name.")
        )
    )
    (methods + 1).initialize(
        to: PyMethodDef(
            ml_name: name("signal_arrived"),
            ml_meth: { _, _ in
                Interpreter.signalArrived()
                return PythonObject.none.take()
            },
            ml_flags: METH_NOARGS,
            ml_doc: name("Has the worker read the signals that have arrived.")
        )
    )
    (methods + 2).initialize(
        to: PyMethodDef(
            ml_name: name("attend"),
            ml_meth: { _, number in
                guard let number, cpy_is_integer(number) else {
                    return cpy_raise(CPY_TYPE_ERROR, "attend() takes an int")
                }
                Interpreter.attend(PyLong_AsLong(number))
                return PythonObject.none.take()
            },
            ml_flags: METH_O,
            ml_doc: name("Serves as the thread of that number until the worker ends.")
        )
    )
    (methods + 3).initialize(to: PyMethodDef())
    return cpy_module_create(name("swiftcorn._core"), name("The core of Swiftcorn."), methods)
}

private func runMain(
    _ arguments: UnsafeMutablePointer<PyObject>?
) -> UnsafeMutablePointer<PyObject>? {
    guard let arguments, cpy_is_list(arguments) else {
        return cpy_raise(CPY_TYPE_ERROR, "main() takes a list of str")
    }
    let texts = PythonObject(borrowing: arguments).textList
    return PyLong_FromLong(Int(Program.run(arguments: texts)))
}

private func name(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
