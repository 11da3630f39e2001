import CPython
import HTTP
import PythonRuntime
import Serving

/// `wsgi.early_hints`: sends a 103 response with fields ahead of the real one (RFC 8297).
final class EarlyHints {
    private var exchange: Exchange?
    private var serial: UInt64 = 0

    static func make() -> PyRef {
        PythonType.object(of: type, for: EarlyHints())
    }

    static func bind(_ object: PyRef, to exchange: Exchange) {
        let hints = PythonType.owner(of: object, as: EarlyHints.self)
        if hints.exchange !== exchange { hints.exchange = exchange }
        hints.serial = exchange.serial
    }

    /// Ends the request; answers whether the object may serve another one.
    static func unbind(_ object: PyRef) -> Bool {
        let hints = PythonType.owner(of: object, as: EarlyHints.self)
        hints.serial = 0
        return cpy_is_ours_alone(object)
    }

    private func send(_ fields: PyRef) -> PyRef? {
        guard let exchange, exchange.serial == serial else {
            return cpy_raise(CPY_RUNTIME_ERROR, "early_hints: its request is over")
        }
        // Too late, or nobody who knows them: Gunicorn does not even look at the fields then.
        guard exchange.takesInformational else { return PythonObject.none.take() }
        var response = ByteWriter(capacity: 256)
        response.append("HTTP/1.1 103 Early Hints\r\n")
        let isValid = ResponseFields.forEach(in: fields, as: .textOrBytes) { kind, name, value in
            guard ResponseField.isFieldValue(value) else { return .invalidValue }
            // They would speak of the framing and the connection of the real response.
            guard kind.isHint else { return .accepted }
            response.append(name)
            response.append(": ")
            response.append(value)
            response.append("\r\n")
            return .accepted
        }
        guard isValid else { return nil }
        response.append("\r\n")
        exchange.sendInformational(response.bytes)
        return PythonObject.none.take()
    }

    nonisolated(unsafe) private static let type = PythonType.make(
        name: "swiftcorn.EarlyHints",
        doc: "early_hints(headers): sends a 103 response ahead of the real one",
        call: { object, arguments, _ in
            guard let arguments, PyTuple_Size(arguments) == 1,
                let fields = PyTuple_GetItem(arguments, 0)
            else { return cpy_raise(CPY_TYPE_ERROR, "early_hints() takes exactly one argument") }
            return PythonType.owner(of: object, as: EarlyHints.self).send(fields)
        }
    )
}
