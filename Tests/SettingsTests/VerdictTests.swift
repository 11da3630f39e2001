import Foundation
import Settings
import Testing

/// What Gunicorn's checks make of a value, as verdicts.json records it.
private struct Verdicts: Decodable {
    var value: Written
    /// The settings that take the value, by how they show it.
    var taken: [String: [String]]
    /// The settings that refuse it, by what they say.
    var refused: [String: [String]]
}

/// A value of JSON as a setting gets it from a config file.
private struct Written: Decodable {
    var value: SettingValue

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .none
        } else if let flag = try? container.decode(Bool.self) {
            value = .bool(flag)
        } else if let number = try? container.decode(Int.self) {
            value = .integer(number)
        } else if let text = try? container.decode(String.self) {
            value = .text(text)
        } else if let list = try? container.decode([String].self) {
            value = .list(list)
        } else {
            let table = try container.decode([String: String].self)
            value = .table(table.sorted { $0.key < $1.key }.map { TableEntry($0.key, $0.value) })
        }
    }
}

@Suite struct VerdictTests {
    private static let recorded: [Verdicts] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "verdicts.json")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return (try? JSONDecoder().decode([Verdicts].self, from: data)) ?? []
    }()

    @Test func `every check says of every value what Gunicorn's says`() throws {
        let untouched = try defaults()
        var tried = 0
        for verdicts in Self.recorded {
            for (shown, names) in verdicts.taken {
                // Gunicorn shows a StatsD address otherwise than it was written.
                for name in names where name != "statsd_host" {
                    var settings = untouched
                    try settings.set(name, verdicts.value.value, origin: .commandLine)
                    #expect(settings[name].pythonText { _ in "" } == shown, "\(name)")
                    tried += 1
                }
            }
            for (text, names) in verdicts.refused {
                for name in names {
                    // One more thing than in Gunicorn: as many workers as processors.
                    if name == "workers", verdicts.value.value == .text("auto") { continue }
                    var settings = untouched
                    let error = #expect(throws: SettingError.self, "\(name)") {
                        try settings.set(name, verdicts.value.value, origin: .commandLine)
                    }
                    #expect(error?.text == text, "\(name)")
                    tried += 1
                }
            }
        }
        #expect(tried > 6000, "verdicts.json is not what it was")
    }
}
