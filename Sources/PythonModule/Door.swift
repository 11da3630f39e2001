import Assembly
public import CPython
import Gateway
import PythonRuntime

/// The way in: what `import swiftcorn._core` runs.
@c(PyInit__core)
public func initializeModule() -> UnsafeMutablePointer<PyObject>? {
    Interpreter.prepare()
    let methods = Door.methods + Services.methods
    let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: methods.count + 1)
    table.initialize(from: methods, count: methods.count)
    (table + methods.count).initialize(to: PyMethodDef())
    let module = cpy_module_create(
        name("swiftcorn._core"),
        name("The core of Swiftcorn."),
        table
    )
    guard let module, let shared = SharedMethods.module() else { return nil }
    PyModule_AddObject(module, name("shared"), shared)
    return module
}

/// What starts a server.
private enum Door {
    static var methods: [PyMethodDef] {
        [
            method("main", METH_O, "Runs the command line; arguments[0] is the program's name.") {
                _,
                given in
                Door.runMain(given)
            },
            method("serve", METH_O, "Serves a custom application.") { _, given in
                Door.runEmbedded(given)
            },
            method("settings_table", METH_NOARGS, "Every setting, as a dict.") { _, _ in
                SettingsTable.rows().take()
            },
            method("signal_arrived", METH_NOARGS, "Has signals that have arrived read.") { _, _ in
                Interpreter.signalArrived()
                return PythonObject.none.take()
            },
            method("attend", METH_O, "Serves as the thread of that number.") { _, number in
                guard let number, cpy_is_integer(number) else {
                    return cpy_raise(CPY_TYPE_ERROR, "attend() takes an int")
                }
                Interpreter.attend(PyLong_AsLong(number))
                return PythonObject.none.take()
            },
        ]
    }

    fileprivate static func runMain(_ arguments: PyRef?) -> PyRef? {
        guard let arguments, cpy_is_list(arguments) else {
            return cpy_raise(CPY_TYPE_ERROR, "main() takes a list of str")
        }
        let texts = PythonObject(borrowing: arguments).textList
        return PyLong_FromLong(Int(Program.run(arguments: texts)))
    }

    fileprivate static func runEmbedded(_ supervision: PyRef?) -> PyRef? {
        guard let supervision else { return cpy_raise(CPY_TYPE_ERROR, "serve() takes one") }
        let embedding = Supervision(PythonObject(borrowing: supervision))
        return PyLong_FromLong(Int(Program.serve(embedding: embedding)))
    }
}

/// What the process is asked for.
private enum Services {
    static var methods: [PyMethodDef] {
        [
            method("log", METH_VARARGS, "Writes to the error log, at a level of logging.") {
                _,
                given in
                Services.log(given)
            },
            method("log_descriptor", METH_NOARGS, "Where the error log is written to.") { _, _ in
                PyLong_FromLong(Int(PythonServices.logDescriptor?() ?? 2))
            },
            method("log", METH_VARARGS, "Writes to the error log, at a level of logging.") {
                _,
                given in
                Services.log(given)
            },
            method("reopen_logs", METH_NOARGS, "Opens the log files again.") { _, _ in
                PythonServices.reopenLogs?()
                return PythonObject.none.take()
            },
            method("notify", METH_NOARGS, "Shows that this worker lives.") { _, _ in
                PythonServices.notify?()
                return PythonObject.none.take()
            },
            method("announce_ready", METH_NOARGS, "Tells that this worker serves.") { _, _ in
                PythonServices.announceReady?()
                return PythonObject.none.take()
            },
            method("health_check", METH_O, "Tells of the application's own check.") { _, step in
                guard let step, cpy_is_integer(step) else {
                    return cpy_raise(CPY_TYPE_ERROR, "health_check() takes an int")
                }
                let answer = PythonServices.healthCheck?(PyLong_AsLong(step)) ?? false
                return PythonObject.flag(answer).take()
            },
            method("last_heartbeat", METH_O, "When a worker last showed that it lives.") {
                _,
                given in
                Services.lastHeartbeat(given)
            },
            method("run_served_worker", METH_O, "Serves by the core's own loop.") { _, given in
                Services.runServedWorker(given)
            },
        ]
    }

    fileprivate static func log(_ arguments: PyRef?) -> PyRef? {
        guard let arguments, PyTuple_Size(arguments) == 2,
            let level = PyTuple_GetItem(arguments, 0), cpy_is_integer(level),
            let text = PyTuple_GetItem(arguments, 1),
            let shown = PythonObject(borrowing: text).shownText
        else { return cpy_raise(CPY_TYPE_ERROR, "log() takes a level and a text") }
        PythonServices.log?(PyLong_AsLong(level), shown)
        return PythonObject.none.take()
    }

    fileprivate static func lastHeartbeat(_ pid: PyRef?) -> PyRef? {
        guard let pid, cpy_is_integer(pid),
            let number = Int32(exactly: PyLong_AsLong(pid))
        else { return cpy_raise(CPY_TYPE_ERROR, "last_heartbeat() takes a process number") }
        let nanoseconds = PythonServices.lastHeartbeat?(number) ?? 0
        return PyFloat_FromDouble(Double(nanoseconds) / 1e9)
    }

    fileprivate static func runServedWorker(_ application: PyRef?) -> PyRef? {
        guard let application, let run = PythonServices.runServedWorker else {
            return cpy_raise(CPY_RUNTIME_ERROR, "this process is no worker")
        }
        do throws(PythonError) {
            return PyLong_FromLong(Int(try run(PythonObject(borrowing: application))))
        } catch {
            return cpy_raise(CPY_RUNTIME_ERROR, "the worker's class has no method for requests")
        }
    }
}

private func method(
    _ title: StaticString,
    _ flags: Int32,
    _ text: StaticString,
    _ body: @escaping @convention(c) (PyRef?, PyRef?) -> PyRef?
) -> PyMethodDef {
    PyMethodDef(ml_name: name(title), ml_meth: body, ml_flags: flags, ml_doc: name(text))
}

private func name(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
