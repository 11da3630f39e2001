// The limit of the benchmark: our engine serving a Swift closure, the same bytes, no Python.
//
// swiftcorn-limit --bind HOST:PORT [--body-bytes N]

import Engine
import HTTP
import Log
import Platform
import Serving

private func fail(_ sentence: String) -> Never {
    try? Logger(level: .error, target: .standardError).error(sentence)
    CurrentProcess.leave(status: 2)
}

private struct LimitOptions {
    var host = "127.0.0.1"
    var port = 8000
    var bodyBytes: Int?

    init(_ arguments: [String]) {
        var rest = arguments.dropFirst()
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst() else { fail("\(flag) wants a value") }
            switch flag {
            case "--bind":
                let parts = value.split(separator: ":")
                guard parts.count == 2, let number = Int(parts[1]) else {
                    fail("--bind wants HOST:PORT, not '\(value)'")
                }
                host = String(parts[0])
                port = number
            case "--body-bytes":
                guard let number = Int(value) else { fail("--body-bytes wants a number") }
                bodyBytes = number
            default: fail("unknown option \(flag)")
            }
        }
    }
}

private func serve(_ options: LimitOptions) throws {
    let listener = try Listener.bind(
        to: .tcp(host: options.host, port: options.port),
        ListenerOptions()
    )
    let body = content(of: options.bodyBytes)
    let length = Array("\(body.count)".utf8)
    let handler = ClosureHandler { exchange in
        answer(exchange, body: body, length: length)
    }
    let server = Server(
        loop: try EventLoop(),
        endpoints: [
            Endpoint(
                descriptor: listener.descriptor,
                name: options.host,
                port: "\(options.port)",
                isUnix: false
            )
        ],
        options: ServingOptions(),
        serverField: "gunicorn",
        handler: handler,
        log: try Logger(level: .info, target: .standardError)
    )
    // As in a worker: a guard looks after it.
    let keeper = try Guard(of: server)
    defer { keeper.stop() }
    try server.start()
    while true {
        server.turn(waitingAtMost: 1_000_000_000) { wait in wait() }
    }
}

/// The greeting that the other servers' application answers, or so many bytes of filler.
private func content(of count: Int?) -> [UInt8] {
    let greeting = Array("Hello, World!".utf8)
    guard let count, count != greeting.count else { return greeting }
    return [UInt8](repeating: UInt8(ascii: "x"), count: count)
}

private func answer(_ exchange: Exchange, body: [UInt8], length: [UInt8]) {
    add("200 OK") { exchange.begin(status: 200, text: $0) }
    add("text/plain") { exchange.addField("Content-Type", $0) }
    length.withUnsafeBytes { exchange.addField("Content-Length", $0) }
    body.withUnsafeBytes { _ = exchange.write($0, isLast: true) }
}

private func add(_ text: StaticString, _ use: (UnsafeRawBufferPointer) -> Void) {
    use(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
}

Signal(rawValue: 13).ignore()
do {
    try serve(LimitOptions(CommandLine.arguments))
} catch {
    fail("\(error)")
}
