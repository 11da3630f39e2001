/// Why an application could not be loaded.
package enum ApplicationFailure: Error {
    /// The expression names nothing that can be served; the text says what is wrong.
    case notFound(text: String, traceback: String)
    /// Importing it raised.
    case failed(PythonError)

    /// What an exception that came out of loading means.
    package init(_ error: PythonError) {
        if error.typeName == "AppImportError" {
            self = .notFound(text: error.message, traceback: error.traceback)
        } else {
            self = .failed(error)
        }
    }
}

/// Finds the application an operator names; the finding itself is said in Python.
package enum ApplicationLocator {
    /// Imports and answers the callable that `module:name` and its kin stand for.
    package static func load(
        _ expression: String
    ) throws(ApplicationFailure) -> PythonObject {
        do throws(PythonError) {
            let module = try Interpreter.module("swiftcorn._application")
            let text = PythonObject.text(expression)
            return try module.attribute("load").call([text.reference])
        } catch {
            throw ApplicationFailure(error)
        }
    }
}
