import CPython
import PythonRuntime
import Serving

/// `wsgi.input` of a request whose content is still arriving (`request_buffering` off).
///
/// Reads wait for the client, without the GIL; each byte can be read once.
final class ArrivingInput {
    private let stream: BodyStream

    private init(_ stream: BodyStream) {
        self.stream = stream
    }

    static func make(_ stream: BodyStream) -> PyRef {
        PythonType.object(of: type, for: ArrivingInput(stream))
    }

    /// The next bytes, at most `limit`, up to and with the first `end`; fewer only at the end.
    private func read(
        atMost limit: Int,
        upTo end: UInt8? = nil
    ) throws(BodyStream.Failure)
        -> [UInt8]
    {
        var found: [UInt8] = []
        while found.count < limit {
            let bytes = try stream.peek()
            guard !bytes.isEmpty else { break }
            let wanted = bytes.prefix(limit - found.count)
            let last = end.flatMap { wanted.firstIndex(of: $0) }
            let taken = last.map { $0 + 1 } ?? wanted.count
            found += bytes[..<taken]
            stream.consume(taken)
            if last != nil { break }
        }
        return found
    }

    private func readLine(atMost limit: Int) throws(BodyStream.Failure) -> [UInt8] {
        try read(atMost: limit, upTo: UInt8(ascii: "\n"))
    }

    private func readLines() throws(BodyStream.Failure) -> PyRef {
        let lines = require(PyList_New(0), "a list")
        do throws(BodyStream.Failure) {
            while true {
                let line = try readLine(atMost: .max)
                if line.isEmpty { return lines }
                let object = Self.object(line)
                PyList_Append(lines, object)
                Py_DecRef(object)
            }
        } catch {
            Py_DecRef(lines)
            throw error
        }
    }

    private static func object(_ bytes: [UInt8]) -> PyRef {
        let made = bytes.withUnsafeBytes {
            PyBytes_FromStringAndSize($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
        }
        return require(made, "bytes")
    }
}

// MARK: - What Python calls

extension ArrivingInput {
    nonisolated(unsafe) private static let type = PythonType.make(
        name: "swiftcorn.ArrivingInput",
        doc: "The content of a request while it arrives (wsgi.input).",
        methods: [
            PythonType.method("read", "Reads at most size bytes, or all.") { stream, arguments in
                ArrivingInput.sized(stream, arguments) {
                    (input, limit) throws(BodyStream.Failure) in
                    object(try input.read(atMost: limit))
                }
            },
            PythonType.method("readline", "Reads one line, at most size bytes.") {
                stream,
                arguments in
                ArrivingInput.sized(stream, arguments) {
                    (input, limit) throws(BodyStream.Failure) in
                    object(try input.readLine(atMost: limit))
                }
            },
            PythonType.method("readlines", "Reads all lines; the hint is ignored.") {
                stream,
                arguments in
                ArrivingInput.sized(stream, arguments) { (input, _) throws(BodyStream.Failure) in
                    try input.readLines()
                }
            },
        ],
        iterate: { stream in
            Py_IncRef(stream)
            return stream
        },
        next: { stream in ArrivingInput.nextLine(stream) }
    )

    private static func nextLine(_ stream: PyRef?) -> PyRef? {
        let input = PythonType.owner(of: stream, as: ArrivingInput.self)
        do throws(BodyStream.Failure) {
            let line = try input.readLine(atMost: .max)
            // No value and no exception is how an iterator says that it has ended.
            return line.isEmpty ? nil : object(line)
        } catch {
            return raise(error)
        }
    }

    private static func sized(
        _ stream: PyRef?,
        _ arguments: PyRef?,
        _ body: (ArrivingInput, Int) throws(BodyStream.Failure) -> PyRef
    ) -> PyRef? {
        guard let limit = InputStream.size(arguments) else { return nil }
        do throws(BodyStream.Failure) {
            return try body(PythonType.owner(of: stream, as: ArrivingInput.self), limit)
        } catch {
            return raise(error)
        }
    }

    private static func raise(_ failure: BodyStream.Failure) -> PyRef? {
        switch failure {
        case .late:
            cpy_raise(CPY_OS_ERROR, "the request's content did not arrive in time")
        case .cut:
            cpy_raise(CPY_OS_ERROR, "the client left before the request's content was whole")
        case .tooLarge:
            cpy_raise(CPY_OS_ERROR, "the request's content is beyond limit_request_body")
        case .malformed:
            cpy_raise(CPY_OS_ERROR, "the request's content is malformed")
        case .over:
            cpy_raise(CPY_OS_ERROR, "the request whose content this was is over")
        }
    }
}
