import CPython
import PythonRuntime

/// What a function was called with, as Python has it without making a tuple of it.
struct CallArguments {
    let given: UnsafePointer<PyRef?>?
    /// How many are positional; those with a name stand behind them.
    let count: Int
    /// A tuple of the names, or nil.
    let names: PyRef?

    /// The parameters of a function: their names, and how many of them it cannot do without.
    struct Shape {
        let function: StaticString
        let parameters: [StaticString]
        let required: Int
    }

    /// Whether the arguments are those of the function; raises where they are not.
    @inline(__always)
    func fit(_ shape: Shape) -> Bool {
        if names == nil, count >= shape.required, count <= shape.parameters.count { return true }
        return fitByName(shape)
    }

    @inline(never)
    private func fitByName(_ shape: Shape) -> Bool {
        guard count <= shape.parameters.count else {
            return refuse("\(shape.function)() takes \(shape.parameters.count) arguments at most")
        }
        let named = names.map { PyTuple_Size($0) } ?? 0
        for index in 0..<named {
            guard let name = names.flatMap({ PyTuple_GetItem($0, index) }) else { continue }
            let place = shape.parameters.firstIndex { Self.isEqual(name, $0) }
            guard let place else {
                let text = PythonObject(borrowing: name).description
                return refuse("\(shape.function)() has no parameter '\(text)'")
            }
            guard place >= count else {
                return refuse("\(shape.function)() got '\(shape.parameters[place])' twice")
            }
        }
        for (index, name) in shape.parameters.prefix(shape.required).enumerated()
        where value(index, name) == nil {
            return refuse("\(shape.function)() needs '\(name)'")
        }
        return true
    }

    /// The argument of that place or name, borrowed.
    @inline(__always)
    func value(_ place: Int, _ name: StaticString) -> PyRef? {
        if place < count { return given?[place] }
        return names == nil ? nil : named(name)
    }

    @inline(never)
    private func named(_ name: StaticString) -> PyRef? {
        guard let names else { return nil }
        for index in 0..<PyTuple_Size(names) {
            guard let other = PyTuple_GetItem(names, index) else { continue }
            if Self.isEqual(other, name) { return given?[count + index] }
        }
        return nil
    }

    private static func isEqual(_ text: PyRef, _ name: StaticString) -> Bool {
        let characters = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        return PyUnicode_CompareWithASCIIString(text, characters) == 0
    }

    private func refuse(_ sentence: String) -> Bool {
        _ = cpy_raise(CPY_TYPE_ERROR, sentence)
        return false
    }
}
