import CPython
import HTTP
package import PythonRuntime
package import Serving

/// Hands each answered request to `access` of the operator's logger.
package final class PythonAccessLog {
    private let logger: PyRef
    private let access: PythonObject
    private unowned let application: WSGIApplication

    /// The logger outlives this.
    package init(_ logger: PythonLogger, _ application: WSGIApplication) throws(PythonError) {
        self.logger = logger.reference
        self.application = application
        access = try Interpreter.module("swiftcorn._logging").attribute("access")
    }

    /// What the application raised, or the logger's class; nil where all went well.
    ///
    /// A request that was refused before it had a head is nothing that the class could be asked
    /// about: it reads `environ["REQUEST_METHOD"]` and more.
    package func record(_ exchange: Exchange, nanoseconds: UInt64) -> PythonError? {
        guard Interpreter.isHeld, !exchange.bytes(of: exchange.head.method).isEmpty,
            let environ = application.environment(of: exchange)
        else { return nil }
        let owned = PythonObject(owning: environ)
        let requestFields = PythonObject(owning: fields(of: exchange))
        let responseFields = PythonObject(owning: EnvironKeys.latin1(exchange.fields.bytes))
        let outcome = PythonObject(owning: self.outcome(exchange, nanoseconds))
        do throws(PythonError) {
            _ = try access.call([
                logger, owned.reference, requestFields.reference, responseFields.reference,
                outcome.reference,
            ])
            return nil
        } catch {
            return error
        }
    }

    /// The request's fields as they came: a list of name, value, name, value.
    private func fields(of exchange: Exchange) -> PyRef {
        let list = require(PyList_New(0), "a list")
        for index in exchange.head.fields.indices {
            let field = exchange.head.fields[index]
            for range in [field.name, field.value] {
                let text = EnvironKeys.latin1(exchange.bytes(of: range))
                PyList_Append(list, text)
                Py_DecRef(text)
            }
        }
        return list
    }

    /// The status as text and number, bytes of content sent, the length declared or -1,
    /// microseconds.
    private func outcome(_ exchange: Exchange, _ nanoseconds: UInt64) -> PyRef {
        let numbers = [
            exchange.status, exchange.contentSent, exchange.declaredContentLength ?? -1,
            Int(truncatingIfNeeded: nanoseconds / 1000),
        ]
        let tuple = require(PyTuple_New(numbers.count + 1), "a tuple")
        PyTuple_SetItem(tuple, 0, EnvironKeys.latin1(exchange.statusBytes))
        for (index, number) in numbers.enumerated() {
            PyTuple_SetItem(tuple, index + 1, require(PyLong_FromLong(number), "an int"))
        }
        return tuple
    }
}
