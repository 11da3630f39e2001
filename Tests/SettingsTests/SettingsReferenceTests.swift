import Foundation
import Settings
import Testing

@Suite struct SettingsReferenceTests {
    private static var page: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/settings.md")
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
