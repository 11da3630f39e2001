import CPython
import Platform
import PythonRuntime
import Serving

/// `wsgi.input` (PEP 3333): the content of a request as a file to read.
///
/// The content is complete before the application is called, so no read ever waits, unless
/// `request_buffering` is off; see `ArrivingInput`. The stream of a request without content has no
/// state and is one object for all.
final class InputStream {
    /// Bytes searched at a time for the end of a line in a body that lies in a file.
    static let lineBlock = 8192

    private let body: RequestBody?
    private var position = 0

    private init(_ body: RequestBody?) {
        self.body = body
    }

    static func makeEmpty() -> PyRef {
        PythonType.object(of: type, for: InputStream(nil))
    }

    static func make(_ body: RequestBody) -> PyRef {
        PythonType.object(of: type, for: InputStream(body))
    }

    private var remaining: Int { (body?.count ?? 0) - position }

    /// The next bytes, at most `limit`; fewer only at the end.
    private func read(atMost limit: Int) throws(SystemError) -> PyRef {
        let count = min(limit, remaining)
        guard count > 0, let body else { return Self.emptyBytes() }
        if let bytes = body.bytes {
            let start = bytes.baseAddress?.advanced(by: position)
            position += count
            return require(
                PyBytes_FromStringAndSize(start?.assumingMemoryBound(to: CChar.self), count),
                "bytes"
            )
        }
        let made = require(PyBytes_FromStringAndSize(nil, count), "bytes")
        let room = UnsafeMutableRawBufferPointer(start: PyBytes_AsString(made), count: count)
        do throws(SystemError) {
            position += try body.read(at: position, into: room)
        } catch {
            Py_DecRef(made)
            throw error
        }
        return made
    }

    /// The next line with its end, at most `limit` bytes.
    private func readLine(atMost limit: Int) throws(SystemError) -> PyRef {
        try read(atMost: min(limit, try lineLength(atMost: min(limit, remaining))))
    }

    private func lineLength(atMost limit: Int) throws(SystemError) -> Int {
        guard let body else { return 0 }
        var searched = 0
        while searched < limit {
            let count = min(Self.lineBlock, limit - searched)
            let found = try findNewline(in: body, from: position + searched, count: count)
            if let found { return searched + found + 1 }
            searched += count
        }
        return limit
    }

    private func findNewline(
        in body: RequestBody,
        from start: Int,
        count: Int
    ) throws(SystemError) -> Int? {
        if let bytes = body.bytes {
            return bytes[start..<start + count].firstIndex(of: UInt8(ascii: "\n")).map {
                $0 - start
            }
        }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { block.deallocate() }
        _ = try body.read(at: start, into: block)
        return block.firstIndex(of: UInt8(ascii: "\n"))
    }

    private static func emptyBytes() -> PyRef {
        require(PyBytes_FromStringAndSize(nil, 0), "bytes")
    }
}

// MARK: - What Python calls

extension InputStream {
    nonisolated(unsafe) private static let type = PythonType.make(
        name: "swiftcorn.InputStream",
        doc: "The content of a request (wsgi.input).",
        methods: [
            PythonType.method("read", "Reads at most size bytes, or all.") { stream, arguments in
                InputStream.sized(stream, arguments) { (input, limit) throws(SystemError) in
                    try input.read(atMost: limit)
                }
            },
            PythonType.method("readline", "Reads one line, at most size bytes.") {
                stream,
                arguments in
                InputStream.sized(stream, arguments) { (input, limit) throws(SystemError) in
                    try input.readLine(atMost: limit)
                }
            },
            PythonType.method("readlines", "Reads all lines; the hint is ignored.") {
                stream,
                arguments in
                InputStream.sized(stream, arguments) { (input, _) throws(SystemError) in
                    try input.readLines()
                }
            },
        ],
        iterate: { stream in
            Py_IncRef(stream)
            return stream
        },
        next: { stream in InputStream.nextLine(stream) }
    )

    private func readLines() throws(SystemError) -> PyRef {
        let lines = require(PyList_New(0), "a list")
        while remaining > 0 {
            let line = try readLine(atMost: .max)
            PyList_Append(lines, line)
            Py_DecRef(line)
        }
        return lines
    }

    private static func nextLine(_ stream: PyRef?) -> PyRef? {
        let input = PythonType.owner(of: stream, as: InputStream.self)
        // No value and no exception is how an iterator says that it has ended.
        guard input.remaining > 0 else { return nil }
        return raising { () throws(SystemError) in try input.readLine(atMost: .max) }
    }

    /// Runs a method whose one argument is a size: absent, None and negative mean everything.
    private static func sized(
        _ stream: PyRef?,
        _ arguments: PyRef?,
        _ body: (InputStream, Int) throws(SystemError) -> PyRef
    ) -> PyRef? {
        guard let limit = size(arguments) else { return nil }
        let input = PythonType.owner(of: stream, as: InputStream.self)
        return raising { () throws(SystemError) in try body(input, limit) }
    }

    /// The size that a method was given, `Int.max` for everything; nil with an exception set.
    static func size(_ arguments: PyRef?) -> Int? {
        guard let arguments else { return nil }
        var limit = Int.max
        if PyTuple_Size(arguments) > 1 {
            _ = cpy_raise(CPY_TYPE_ERROR, "expected at most 1 argument: a size")
            return nil
        }
        if PyTuple_Size(arguments) == 1, let size = PyTuple_GetItem(arguments, 0),
            size != cpy_none()
        {
            guard cpy_is_integer(size) else {
                _ = cpy_raise(CPY_TYPE_ERROR, "size must be an integral type")
                return nil
            }
            let wanted = PyLong_AsLong(size)
            if wanted == -1, PyErr_Occurred() != nil { return nil }
            if wanted >= 0 { limit = wanted }
        }
        return limit
    }

    private static func raising(_ body: () throws(SystemError) -> PyRef) -> PyRef? {
        do throws(SystemError) {
            return try body()
        } catch {
            return cpy_raise(CPY_OS_ERROR, "the request's content cannot be read: \(error)")
        }
    }
}
