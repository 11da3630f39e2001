import CPython
import PythonRuntime

/// The fixed keys and values of the environ, made and interned once: PEP 3333 and Gunicorn's own.
///
/// They live as long as the process, so their references are never given back.
struct EnvironKeys {
    let method = Self.intern("REQUEST_METHOD")
    let query = Self.intern("QUERY_STRING")
    let rawURI = Self.intern("RAW_URI")
    let path = Self.intern("PATH_INFO")
    let scriptName = Self.intern("SCRIPT_NAME")
    let proto = Self.intern("SERVER_PROTOCOL")
    let serverName = Self.intern("SERVER_NAME")
    let serverPort = Self.intern("SERVER_PORT")
    let serverSoftware = Self.intern("SERVER_SOFTWARE")
    let remoteAddress = Self.intern("REMOTE_ADDR")
    let remotePort = Self.intern("REMOTE_PORT")
    let contentType = Self.intern("CONTENT_TYPE")
    let contentLength = Self.intern("CONTENT_LENGTH")
    let host = Self.intern("HTTP_HOST")
    let scheme = Self.intern("wsgi.url_scheme")
    let input = Self.intern("wsgi.input")
    let errors = Self.intern("wsgi.errors")
    let version = Self.intern("wsgi.version")
    let multithread = Self.intern("wsgi.multithread")
    let multiprocess = Self.intern("wsgi.multiprocess")
    let runOnce = Self.intern("wsgi.run_once")
    let fileWrapper = Self.intern("wsgi.file_wrapper")
    let inputTerminated = Self.intern("wsgi.input_terminated")
    let earlyHints = Self.intern("wsgi.early_hints")
    let socket = Self.intern("gunicorn.socket")
    /// Seconds the complete request waited for a thread; our own.
    let queueTime = Self.intern("swiftcorn.queue_time")

    let empty = Self.intern("")
    let slash = Self.intern("/")
    let http = Self.intern("http")
    let https = Self.intern("https")
    let get = Self.intern("GET")
    let http11 = Self.intern("HTTP/1.1")

    /// A `str` that Python keeps one copy of, so that dictionaries find it by its address.
    static func intern(_ text: String) -> PyRef {
        require(PyUnicode_InternFromString(text), "an interned str")
    }

    /// A `str` of bytes as they came: PEP 3333 wants each byte as one character.
    static func latin1(_ bytes: UnsafeRawBufferPointer) -> PyRef {
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        return require(PyUnicode_DecodeLatin1(start, bytes.count, nil), "a str")
    }
}
