import Foundation
import HTTP
import Testing

/// A request as data: the bytes, the settings, and what has to come of them.
///
/// The cases of `Requests/valid` and `Requests/invalid` are Gunicorn's own (see ORIGIN.md there);
/// those of `Requests/ours` are of this repository.
struct RequestCase: Sendable, CustomTestStringConvertible {
    struct Request: Equatable, Sendable, CustomStringConvertible {
        var method: String
        var target: String
        var path: String
        var query: String
        var version: [Int]
        var fields: [[String]]
        var content: [UInt8]

        var description: String {
            "\(method) \(target) (\(path)|\(query)) \(version) \(fields) \(content.count) bytes"
        }
    }

    enum Outcome: Equatable, Sendable {
        case requests([Request])
        /// The name of Gunicorn's exception.
        case refusal(String)
    }

    var name: String
    var bytes: [UInt8]
    var limits: RequestLimits
    /// The same without `http_strict`.
    var laxLimits: RequestLimits
    var proxyMode: ProxyProtocol.Mode
    var peerIsTrusted: Bool
    var outcome: Outcome
    /// The status of the refusal, where the case says it.
    var status: Int?
    /// What Gunicorn 27.0.1 was seen to log and to answer, where it refused the request too.
    var log: String?
    var answer: [UInt8]?
    /// In what Gunicorn differs, where we are better on purpose.
    var difference: String?

    var testDescription: String { name }
}

extension RequestCase {
    /// All cases of one folder below `Requests`.
    static func all(in folder: String) -> [RequestCase] {
        guard let root = Bundle.module.resourceURL?.appending(path: "Requests/\(folder)"),
            let files = try? FileManager.default.contentsOfDirectory(atPath: root.path)
        else { return [] }
        return files.filter { $0.hasSuffix(".http") }.sorted().compactMap { file in
            let base = root.appending(path: file).deletingPathExtension()
            guard let source = try? Data(contentsOf: base.appendingPathExtension("http")),
                let expected = try? Data(contentsOf: base.appendingPathExtension("expected")),
                let table = try? JSONSerialization.jsonObject(with: expected) as? [String: Any]
            else { return nil }
            return RequestCase(name: "\(folder)/\(base.lastPathComponent)", source, table)
        }
    }

    private init(name: String, _ source: Data, _ table: [String: Any]) {
        self.name = name
        bytes = Self.unescaped(Array(source))
        let settings = table["settings"] as? [String: Any] ?? [:]
        limits = Self.limits(settings)
        laxLimits = Self.limits(settings.filter { $0.key != "http_strict" })
        proxyMode = settings["proxy_protocol"] as? Bool == true ? .either : .off
        // Gunicorn's cases are read with no peer address, which it trusts like a unix socket.
        peerIsTrusted = settings["trusted"] as? Bool ?? true
        status = table["status"] as? Int
        log = table["log"] as? String
        answer = (table["answer"] as? String).map(Self.latin1)
        difference = table["differs"] as? String
        if let refusal = table["refusal"] as? String {
            outcome = .refusal(refusal)
        } else {
            let requests = table["requests"] as? [[String: Any]] ?? []
            outcome = .requests(requests.map(Self.request))
        }
    }

    private static func request(_ table: [String: Any]) -> Request {
        Request(
            method: table["method"] as? String ?? "",
            target: table["target"] as? String ?? "",
            path: table["path"] as? String ?? "",
            query: table["query"] as? String ?? "",
            version: table["version"] as? [Int] ?? [],
            fields: table["fields"] as? [[String]] ?? [],
            content: latin1(table["content"] as? String ?? "")
        )
    }

    private static func latin1(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    private static func limits(_ settings: [String: Any]) -> RequestLimits {
        func flag(_ name: String) -> Bool { settings[name] as? Bool ?? false }
        let maps: [String: HeaderMap] = [
            "drop": .drop, "refuse": .refuse, "dangerous": .dangerous,
        ]
        return RequestLimits(
            limitRequestLine: settings["limit_request_line"] as? Int ?? 4094,
            limitRequestFields: settings["limit_request_fields"] as? Int ?? 100,
            limitRequestFieldSize: settings["limit_request_field_size"] as? Int ?? 8190,
            permitObsoleteFolding: flag("permit_obsolete_folding"),
            stripHeaderSpaces: flag("strip_header_spaces"),
            permitUnconventionalMethod: flag("permit_unconventional_http_method"),
            permitUnconventionalVersion: flag("permit_unconventional_http_version"),
            casefoldMethod: flag("casefold_http_method"),
            headerMap: maps[settings["header_map"] as? String ?? "drop"] ?? .drop,
            forwarderHeaders: settings["forwarder_headers"] as? [String] ?? [
                "SCRIPT_NAME", "PATH_INFO",
            ],
            isStrict: flag("http_strict")
        )
    }

    /// Line ends in the files are for the reader; those of the request are written `\r\n`.
    private static func unescaped(_ source: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            let byte = source[index]
            index += 1
            if byte == 0x0a { continue }
            guard byte == 0x5c, index < source.count else {
                bytes.append(byte)
                continue
            }
            let letter = source[index]
            index += 1
            switch letter {
            case 0x72: bytes.append(0x0d)
            case 0x6e: bytes.append(0x0a)
            case 0x74: bytes.append(0x09)
            case 0x30: bytes.append(0)
            case 0x78:
                let digits = String(decoding: source[index..<index + 2], as: UTF8.self)
                bytes.append(UInt8(digits, radix: 16) ?? 0)
                index += 2
            default: bytes += [byte, letter]
            }
        }
        return bytes
    }
}
