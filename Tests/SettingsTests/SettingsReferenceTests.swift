import Foundation
import Settings
import Testing

@Suite struct SettingsReferenceTests {
    private static var docs: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs")
    }

    private static var page: URL { docs.appending(path: "settings.md") }

    @Test func `docs compatibility md lists the settings without a meaning`() throws {
        let file = Self.docs.appending(path: "compatibility.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        let sections = page.components(separatedBy: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix("Settings without a meaning") })
        let listed = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        let meaningless = Registry.all.filter {
            if case .meaningless = $0.status { true } else { false }
        }
        #expect(listed.sorted() == meaningless.map(\.name).sorted())
    }

    /// With SWIFTCORN_WRITE_DOCS in the environment the page is written instead of compared.
    @Test func `docs settings md says what the registry says`() throws {
        if ProcessInfo.processInfo.environment["SWIFTCORN_WRITE_DOCS"] != nil {
            try SettingsReference.markdown.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.page, encoding: .utf8)
        #expect(
            written == SettingsReference.markdown,
            "docs/settings.md is stale: run swift test once with SWIFTCORN_WRITE_DOCS=1"
        )
    }
}
