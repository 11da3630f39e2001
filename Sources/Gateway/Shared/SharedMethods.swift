import CPython
package import PythonRuntime
import SharedStore

/// The functions of `swiftcorn.shared`.
package enum SharedMethods {
    /// Makes the module of them; nil, with an exception set, where that fails.
    package static func module() -> PyRef? {
        let methods = reading + writing + counting
        let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: methods.count + 1)
        table.initialize(from: methods, count: methods.count)
        (table + methods.count).initialize(to: PyMethodDef())
        return cpy_module_create(
            text("swiftcorn.shared"),
            text("State that all workers of a server share."),
            table
        )
    }

    private static var reading: [PyMethodDef] {
        [
            method("get", "get($module, /, key, default=None)\n--\n\nThe value of a key.") {
                SharedMethods.get(CallArguments(given: $1, count: $2, names: $3))
            },
            method("stats", "stats($module, /)\n--\n\nWhat the store holds and has done.") {
                SharedMethods.stats(CallArguments(given: $1, count: $2, names: $3))
            },
        ]
    }

    private static var writing: [PyMethodDef] {
        [
            method("set", "set($module, /, key, value, ttl=None)\n--\n\nPut a value there.") {
                SharedMethods.set(CallArguments(given: $1, count: $2, names: $3))
            },
            method("add", "add($module, /, key, value, ttl=None)\n--\n\nPut one where none is.") {
                SharedMethods.add(CallArguments(given: $1, count: $2, names: $3))
            },
            method(
                "compare_and_set",
                "compare_and_set($module, /, key, expected, value, ttl=None)\n--\n\n"
                    + "Put a value there if the one that is there is the expected one."
            ) {
                SharedMethods.compareAndSet(CallArguments(given: $1, count: $2, names: $3))
            },
            method("touch", "touch($module, /, key, ttl=None)\n--\n\nHave it end later.") {
                SharedMethods.touch(CallArguments(given: $1, count: $2, names: $3))
            },
            method("delete", "delete($module, /, key)\n--\n\nTake an entry away.") {
                SharedMethods.delete(CallArguments(given: $1, count: $2, names: $3))
            },
            method("clear", "clear($module, /)\n--\n\nTake all entries away.") {
                SharedMethods.clear(CallArguments(given: $1, count: $2, names: $3))
            },
        ]
    }

    private static var counting: [PyMethodDef] {
        [
            method("begin", "begin($module, /)\n--\n\nHave a store, for the children too.") {
                _,
                _,
                _,
                _ in
                SharedState.begin()
                return PythonObject.none.take()
            },
            method(
                "incr",
                "incr($module, /, key, delta=1, initial=0, ttl=None)\n--\n\nAdd to an int."
            ) {
                SharedMethods.increment(CallArguments(given: $1, count: $2, names: $3))
            },
        ]
    }

    private static func method(
        _ title: StaticString,
        _ words: String,
        _ body: @escaping cpy_fast_method
    ) -> PyMethodDef {
        PyMethodDef(
            ml_name: text(title),
            ml_meth: cpy_fast_entry(body),
            ml_flags: METH_FASTCALL | METH_KEYWORDS,
            ml_doc: kept(words)
        )
    }

    private static func text(_ text: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// The characters of a text, which live as long as the process.
    private static func kept(_ words: String) -> UnsafePointer<CChar> {
        let characters = Array(words.utf8CString)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
        copy.initialize(from: characters, count: characters.count)
        return UnsafePointer(copy)
    }
}

// MARK: - What they do

extension SharedMethods {
    private static let getShape = CallArguments.Shape(
        function: "get",
        parameters: ["key", "default"],
        required: 1
    )
    private static let setShape = CallArguments.Shape(
        function: "set",
        parameters: ["key", "value", "ttl"],
        required: 2
    )
    private static let addShape = CallArguments.Shape(
        function: "add",
        parameters: ["key", "value", "ttl"],
        required: 2
    )
    private static let compareShape = CallArguments.Shape(
        function: "compare_and_set",
        parameters: ["key", "expected", "value", "ttl"],
        required: 3
    )
    private static let incrementShape = CallArguments.Shape(
        function: "incr",
        parameters: ["key", "delta", "initial", "ttl"],
        required: 1
    )
    private static let touchShape = CallArguments.Shape(
        function: "touch",
        parameters: ["key", "ttl"],
        required: 1
    )
    private static let deleteShape = CallArguments.Shape(
        function: "delete",
        parameters: ["key"],
        required: 1
    )

    private static func get(_ given: CallArguments) -> PyRef? {
        guard given.fit(getShape), let store = SharedState.store(),
            let bytes = SharedValue.key(given.value(0, "key"))
        else { return nil }
        let key = store.key(bytes)
        let buffer = SharedState.buffer
        switch SharedState.call({ store.get(key, into: buffer, $0) }) {
        case .done: return SharedValue.object(buffer)
        case .busy: return busy()
        default:
            let otherwise = given.value(1, "default") ?? cpy_none()
            Py_IncRef(otherwise)
            return otherwise
        }
    }

    private static func set(_ given: CallArguments) -> PyRef? {
        guard given.fit(setShape), let store = SharedState.store(),
            let bytes = SharedValue.key(given.value(0, "key")),
            let value = SharedValue.value(given.value(1, "value")),
            let expiry = SharedValue.expiry(given.value(2, "ttl"))
        else { return nil }
        let key = store.key(bytes)
        let outcome = SharedState.call { store.set(key, value, expiry: expiry, $0) }
        guard outcome == .done else { return failed(outcome, store) }
        return PythonObject.none.take()
    }

    private static func add(_ given: CallArguments) -> PyRef? {
        guard given.fit(addShape), let store = SharedState.store(),
            let bytes = SharedValue.key(given.value(0, "key")),
            let value = SharedValue.value(given.value(1, "value")),
            let expiry = SharedValue.expiry(given.value(2, "ttl"))
        else { return nil }
        let key = store.key(bytes)
        let outcome = SharedState.call {
            store.set(key, value, expiry: expiry, expecting: nil, $0)
        }
        return answer(outcome, store)
    }

    private static func compareAndSet(_ given: CallArguments) -> PyRef? {
        guard given.fit(compareShape), let store = SharedState.store(),
            let bytes = SharedValue.key(given.value(0, "key")),
            let wanted = given.value(1, "expected"),
            let value = SharedValue.value(given.value(2, "value")),
            let expiry = SharedValue.expiry(given.value(3, "ttl"))
        else { return nil }
        var expected: StoredValue?
        if wanted != cpy_none() {
            expected = SharedValue.value(wanted)
            guard expected != nil else { return nil }
        }
        let key = store.key(bytes)
        let outcome = SharedState.call {
            store.set(key, value, expiry: expiry, expecting: expected, $0)
        }
        return answer(outcome, store)
    }

    private static func increment(_ given: CallArguments) -> PyRef? {
        guard given.fit(incrementShape), let store = SharedState.store(),
            let bytes = SharedValue.key(given.value(0, "key")),
            let delta = number(given.value(1, "delta"), otherwise: 1),
            let initial = number(given.value(2, "initial"), otherwise: 0),
            let expiry = SharedValue.expiry(given.value(3, "ttl"))
        else { return nil }
        let key = store.key(bytes)
        let increment = SharedStore.Increment(by: delta, from: initial, expiry: expiry)
        var sum: Int64 = 0
        let outcome = SharedState.call { store.increment(key, increment, $0, sum: &sum) }
        return outcome == .done ? PyLong_FromLongLong(sum) : failed(outcome, store)
    }

    private static func touch(_ given: CallArguments) -> PyRef? {
        guard given.fit(touchShape), let store = SharedState.store(),
            let bytes = SharedValue.key(given.value(0, "key")),
            let expiry = SharedValue.expiry(given.value(1, "ttl"))
        else { return nil }
        let key = store.key(bytes)
        return answer(SharedState.call { store.touch(key, expiry: expiry, $0) }, store)
    }

    private static func delete(_ given: CallArguments) -> PyRef? {
        guard given.fit(deleteShape), let store = SharedState.store(),
            let bytes = SharedValue.key(given.value(0, "key"))
        else { return nil }
        let key = store.key(bytes)
        return answer(SharedState.call { store.delete(key, $0) }, store)
    }

    private static func clear(_ given: CallArguments) -> PyRef? {
        let shape = CallArguments.Shape(function: "clear", parameters: [], required: 0)
        guard given.fit(shape), let store = SharedState.store() else { return nil }
        let outcome = SharedState.call { store.clear($0) }
        guard outcome == .done else { return failed(outcome, store) }
        return PythonObject.none.take()
    }

    private static func stats(_ given: CallArguments) -> PyRef? {
        let shape = CallArguments.Shape(function: "stats", parameters: [], required: 0)
        guard given.fit(shape), let store = SharedState.store() else { return nil }
        let figures = store.figures
        let rows: [(String, UInt64)] = [
            ("entries", figures.entries), ("entries_limit", figures.entriesAtMost),
            ("bytes", figures.usedBytes), ("bytes_limit", figures.bytes),
            ("value_limit", UInt64(store.layout.valueAtMost)),
            ("key_limit", UInt64(StoreLayout.keyAtMost)), ("hits", figures.hits),
            ("misses", figures.misses), ("writes", figures.writes),
            ("evictions", figures.evictions), ("expirations", figures.expirations),
            ("recoveries", figures.recoveries),
        ]
        let table = PythonObject(owning: require(PyDict_New(), "a dict"))
        for row in rows { table.set(row.0, .integer(Int(truncatingIfNeeded: row.1))) }
        return table.take()
    }

    // MARK: Outcomes

    private static func number(_ object: PyRef?, otherwise: Int64) -> Int64? {
        guard let object else { return otherwise }
        return SharedValue.integer(object)
    }

    private static func answer(_ outcome: StoreOutcome, _ store: SharedStore) -> PyRef? {
        switch outcome {
        case .done: PythonObject.flag(true).take()
        case .declined: PythonObject.flag(false).take()
        default: failed(outcome, store)
        }
    }

    private static func busy() -> PyRef? {
        cpy_raise(CPY_TIMEOUT_ERROR, "another process has had this part of the store for too long")
    }

    @inline(never)
    private static func failed(_ outcome: StoreOutcome, _ store: SharedStore) -> PyRef? {
        switch outcome {
        case .busy: busy()
        case .notAnInteger: cpy_raise(CPY_TYPE_ERROR, "what is stored there is no int")
        case .overflow: cpy_raise(CPY_OVERFLOW_ERROR, "the sum does not fit in 64 bits")
        default:
            cpy_raise(
                CPY_VALUE_ERROR,
                "a value has \(store.layout.valueAtMost) bytes at most; more shared_memory "
                    + "allows longer ones"
            )
        }
    }
}
