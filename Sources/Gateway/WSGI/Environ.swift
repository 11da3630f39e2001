import CPython
import Engine
import HTTP
import PythonRuntime
import Serving

/// Makes the environ of each request: a copy of a template plus what is the request's own.
///
/// The template holds the most common value of every key, so for most requests most keys need no
/// work at all; there is one per endpoint. Lives as long as its worker, and so does what it holds.
final class Environ {
    let keys = EnvironKeys()

    /// Keys that make a dict of the template's size double its table, and few enough that Python
    /// still copies the table as it is.
    private static let room = 3

    private var templates: [ObjectIdentifier: PyRef] = [:]
    private var lastEndpoint: Endpoint?
    private var lastTemplate: PyRef?
    private var fieldKeys = FieldKeys()
    private let options: WSGIOptions
    private let support: PythonSupport
    private let emptyInput: PyRef
    private let errors: PyRef
    /// `wsgi.file_wrapper`, by which a response that is a file is recognised.
    let fileWrapper: PyRef
    private let scriptName: PyRef
    private let scriptNameBytes: [UInt8]

    private var lastPeer: PeerAddress?
    private var lastPeerText: PyRef?

    init(options: WSGIOptions, support: PythonSupport) {
        self.options = options
        self.support = support
        emptyInput = InputStream.makeEmpty()
        errors = support.errors
        fileWrapper = support.fileWrapper
        scriptName = PythonObject.text(options.scriptName).take()
        scriptNameBytes = Array(options.scriptName.utf8)
    }

    /// The environ, owned by the caller; nil where the path is not under the mount point.
    func make(for exchange: Exchange, earlyHints: PyRef) -> PyRef? {
        let environ = require(PyDict_Copy(template(for: exchange.endpoint)), "an environ")
        PyDict_SetItem(environ, keys.earlyHints, earlyHints)
        setRequestLine(environ, exchange.head, exchange)
        guard setPath(environ, exchange.head, exchange) else {
            Py_DecRef(environ)
            return nil
        }
        setPeer(environ, exchange)
        if let proxy = exchange.proxyHeader { setProxy(environ, proxy) }
        setFields(environ, exchange.head.fields, exchange)
        if exchange.endpoint.isUnix { setServerFromHost(environ, exchange) }
        if let body = exchange.body {
            set(environ, keys.input, owning: InputStream.make(body))
        } else if let stream = exchange.stream {
            set(environ, keys.input, owning: ArrivingInput.make(stream))
        }
        if exchange.queuedNanoseconds > 0 { setQueueTime(environ, exchange) }
        if exchange.head.asksUpgrade { setSocket(environ, exchange) }
        if exchange.head.schemeIsSecure == true {
            PyDict_SetItem(environ, keys.scheme, keys.https)
        }
        return environ
    }

    // MARK: The template

    private func template(for endpoint: Endpoint) -> PyRef {
        if let lastTemplate, lastEndpoint === endpoint { return lastTemplate }
        let template = templates[ObjectIdentifier(endpoint)] ?? makeTemplate(endpoint)
        templates[ObjectIdentifier(endpoint)] = template
        lastEndpoint = endpoint
        lastTemplate = template
        return template
    }

    private func makeTemplate(_ endpoint: Endpoint) -> PyRef {
        let template = require(PyDict_New(), "a dict")
        set(template, keys.version, owning: makeVersion())
        PyDict_SetItem(template, keys.errors, errors)
        PyDict_SetItem(
            template,
            keys.multithread,
            options.isMultithreaded ? cpy_true() : cpy_false()
        )
        PyDict_SetItem(
            template,
            keys.multiprocess,
            options.isMultiprocess ? cpy_true() : cpy_false()
        )
        PyDict_SetItem(template, keys.runOnce, cpy_false())
        PyDict_SetItem(template, keys.fileWrapper, fileWrapper)
        PyDict_SetItem(template, keys.inputTerminated, cpy_true())
        PyDict_SetItem(template, keys.earlyHints, cpy_none())
        PyDict_SetItem(template, keys.input, emptyInput)
        PyDict_SetItem(template, keys.scheme, options.isSecure ? keys.https : keys.http)
        set(template, keys.serverSoftware, owning: PythonObject.text(options.software).take())
        set(template, keys.serverName, owning: PythonObject.text(endpoint.name).take())
        set(template, keys.serverPort, owning: PythonObject.text(endpoint.port).take())
        set(template, keys.queueTime, owning: require(PyFloat_FromDouble(0), "a float"))
        PyDict_SetItem(template, keys.method, keys.get)
        PyDict_SetItem(template, keys.query, keys.empty)
        PyDict_SetItem(template, keys.rawURI, keys.slash)
        PyDict_SetItem(template, keys.path, keys.slash)
        PyDict_SetItem(template, keys.scriptName, scriptName)
        PyDict_SetItem(template, keys.proto, keys.http11)
        PyDict_SetItem(template, keys.remoteAddress, keys.empty)
        if !endpoint.isUnix { PyDict_SetItem(template, keys.remotePort, keys.empty) }
        makeRoom(in: template)
        return template
    }

    /// Has the dict grow for the fields of a request: its copies take over its free places, and
    /// a copy that had to grow would be built twice for every request.
    private func makeRoom(in template: PyRef) {
        let fillers = (0..<Self.room).map { require(PyLong_FromLong($0), "an int") }
        for filler in fillers {
            PyDict_SetItem(template, filler, filler)
        }
        for filler in fillers {
            PyDict_DelItem(template, filler)
            Py_DecRef(filler)
        }
    }

    private func makeVersion() -> PyRef {
        let version = require(PyTuple_New(2), "a tuple")
        PyTuple_SetItem(version, 0, PyLong_FromLong(1))
        PyTuple_SetItem(version, 1, PyLong_FromLong(0))
        return version
    }

    // MARK: What is the request's own

    private func setQueueTime(_ environ: PyRef, _ exchange: Exchange) {
        let seconds = Double(exchange.queuedNanoseconds) / 1e9
        set(environ, keys.queueTime, owning: require(PyFloat_FromDouble(seconds), "a float"))
    }

    private func setRequestLine(
        _ environ: PyRef,
        _ head: borrowing RequestHead,
        _ exchange: Exchange
    ) {
        if !head.isGet {
            set(environ, keys.method, owning: EnvironKeys.latin1(exchange.bytes(of: head.method)))
        }
        if head.version != .http11 {
            let text = "HTTP/\(head.version.major).\(head.version.minor)"
            set(environ, keys.proto, owning: PythonObject.text(text).take())
        }
        if !head.query.isEmpty {
            set(environ, keys.query, owning: EnvironKeys.latin1(exchange.bytes(of: head.query)))
        }
    }

    private func setPath(
        _ environ: PyRef,
        _ head: borrowing RequestHead,
        _ exchange: Exchange
    ) -> Bool {
        let target = EnvironKeys.latin1(exchange.bytes(of: head.target))
        PyDict_SetItem(environ, keys.rawURI, target)
        let path = exchange.bytes(of: head.path)
        let mount = mountPoint(of: exchange)
        if !head.scriptName.isEmpty {
            let said = EnvironKeys.latin1(exchange.bytes(of: head.scriptName))
            set(environ, keys.scriptName, owning: said)
        }
        guard mount.isEmpty || path.starts(with: mount) else {
            Py_DecRef(target)
            return false
        }
        if mount.isEmpty, head.path == head.target, !path.contains(UInt8(ascii: "%")) {
            set(environ, keys.path, owning: target)
            return true
        }
        Py_DecRef(target)
        let rest = UnsafeRawBufferPointer(rebasing: path[mount.count...])
        set(environ, keys.path, owning: decoded(rest))
        return true
    }

    /// Where the request's path should have begun, for the one who asks why it was refused.
    func mountPoint(of exchange: Exchange) -> [UInt8] {
        let said = exchange.head.scriptName
        return said.isEmpty ? scriptNameBytes : Array(exchange.bytes(of: said))
    }

    private func decoded(_ path: UnsafeRawBufferPointer) -> PyRef {
        withUnsafeTemporaryAllocation(byteCount: max(path.count, 1), alignment: 1) { room in
            guard let start = room.baseAddress else { return EnvironKeys.latin1(path) }
            let count = PercentDecoding.decode(path, into: start)
            return EnvironKeys.latin1(UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    private func setPeer(_ environ: PyRef, _ exchange: Exchange) {
        guard !exchange.client.isUnix else { return }
        PyDict_SetItem(environ, keys.remoteAddress, address(of: exchange.client))
        set(environ, keys.remotePort, owning: decimal(exchange.client.port))
    }

    /// What the PROXY protocol said, under Gunicorn's names.
    private func setProxy(_ environ: PyRef, _ header: ProxyHeader) {
        let family = PythonObject.text("\(header.family.name)").take()
        set(environ, EnvironKeys.intern("PROXY_PROTOCOL"), owning: family)
        guard let proxy = header.destination else { return }
        let address = PythonObject.text(PeerAddress(proxy.address, proxy.port).text).take()
        set(environ, EnvironKeys.intern("PROXY_ADDR"), owning: address)
        set(environ, EnvironKeys.intern("PROXY_PORT"), owning: decimal(proxy.port))
    }

    /// The client's address, borrowed: most requests come from where the last one came from.
    private func address(of peer: PeerAddress) -> PyRef {
        if let lastPeer, let lastPeerText, lastPeer.hasAddress(of: peer) { return lastPeerText }
        let text = withUnsafeTemporaryAllocation(
            of: CChar.self,
            capacity: PeerAddress.textCapacity
        ) { room in
            guard let start = room.baseAddress else { return keys.empty }
            let count = peer.write(into: start)
            return EnvironKeys.latin1(UnsafeRawBufferPointer(start: start, count: count))
        }
        if let lastPeerText { Py_DecRef(lastPeerText) }
        lastPeer = peer
        lastPeerText = text
        return text
    }

    private func decimal(_ number: UInt16) -> PyRef {
        withUnsafeTemporaryAllocation(byteCount: 5, alignment: 1) { room in
            var rest = number
            var first = 5
            repeat {
                first -= 1
                room[first] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            return EnvironKeys.latin1(UnsafeRawBufferPointer(rebasing: room[first...]))
        }
    }

    private func setFields(
        _ environ: PyRef,
        _ fields: borrowing FieldTable,
        _ exchange: Exchange
    ) {
        for index in fields.indices {
            let field = fields[index]
            let value = EnvironKeys.latin1(exchange.bytes(of: field.value))
            switch field.kind {
            case .contentType: set(environ, keys.contentType, owning: value)
            case .contentLength: set(environ, keys.contentLength, owning: value)
            default:
                setField(environ, exchange.bytes(of: field.name), value, serial: exchange.serial)
            }
        }
    }

    private func setField(
        _ environ: PyRef,
        _ name: UnsafeRawBufferPointer,
        _ value: PyRef,
        serial: UInt64
    ) {
        if let known = fieldKeys.key(for: name, serial: serial) {
            let joined = known.isRepeated ? joined(environ, known.key, value) : value
            return set(environ, known.key, owning: joined)
        }
        let key = fieldKeys.make(name)
        let joined = joined(environ, key, value)
        set(environ, key, owning: joined)
        Py_DecRef(key)
    }

    /// The value behind the one that stands there already, with a comma between (RFC 9110, 5.3).
    private func joined(_ environ: PyRef, _ key: PyRef, _ value: PyRef) -> PyRef {
        guard let before = PyDict_GetItemWithError(environ, key) else { return value }
        let comma = EnvironKeys.intern(",")
        defer {
            Py_DecRef(comma)
            Py_DecRef(value)
        }
        let prefix = require(PyUnicode_Concat(before, comma), "a str")
        defer { Py_DecRef(prefix) }
        return require(PyUnicode_Concat(prefix, value), "a str")
    }

    /// A unix socket has no name and port of its own: the client's `Host` says what it asked for.
    private func setServerFromHost(_ environ: PyRef, _ exchange: Exchange) {
        let index = exchange.head.hostField
        guard index >= 0 else { return }
        let host = String(
            decoding: exchange.bytes(of: exchange.head.fields[index].value),
            as: UTF8.self
        )
        let isSecure = options.isSecure || exchange.head.schemeIsSecure == true
        let parts = HostName.split(host, defaultPort: isSecure ? "443" : "80")
        set(environ, keys.serverName, owning: PythonObject.text(parts.name).take())
        set(environ, keys.serverPort, owning: PythonObject.text(parts.port).take())
    }

    /// An application that is asked for another protocol may want to speak it by itself.
    private func setSocket(_ environ: PyRef, _ exchange: Exchange) {
        guard let descriptor = try? exchange.lendSocket() else { return }
        do throws(PythonError) {
            set(environ, keys.socket, owning: try support.socket(descriptor))
        } catch {
            // Nobody owns it: the application has to do without.
            ApplicationFile.close(descriptor)
        }
    }

    private func set(_ environ: PyRef, _ key: PyRef, owning value: PyRef) {
        PyDict_SetItem(environ, key, value)
        Py_DecRef(value)
    }
}
