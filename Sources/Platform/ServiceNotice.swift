/// What the service manager is told: lines of `NAME=value`.
///
/// A value is one line whatever it is made of, so no text of an application can become another
/// field.
package struct ServiceNotice: Equatable, Sendable {
    /// A status longer than this is cut.
    static let longestValue = 512

    package private(set) var text = ""

    package init() {}

    package var isEmpty: Bool { text.isEmpty }

    /// The notice with one field more.
    package func with(_ name: StaticString, _ value: String) -> ServiceNotice {
        var notice = self
        if !notice.text.isEmpty { notice.text += "\n" }
        notice.text += "\(name)=\(ServiceNotice.line(value))"
        return notice
    }

    /// The same with the sentence that `systemctl status` shows.
    package func status(_ sentence: String) -> ServiceNotice { with("STATUS", sentence) }

    /// Why the server ends, and how: the sentence, the status and the kernel's number, where it
    /// was the kernel that refused something.
    package static func failure(
        _ sentence: String,
        status: Int32,
        errno: Int32? = nil
    ) -> ServiceNotice {
        var notice = ServiceNotice().status(sentence)
        if let errno { notice = notice.with("ERRNO", "\(errno)") }
        return notice.with("EXIT_STATUS", "\(status)")
    }

    /// One line of a text, of bounded length.
    private static func line(_ text: String) -> String {
        var line = ""
        var isAfterBlank = true
        for scalar in text.unicodeScalars {
            let isBlank = scalar.value <= 0x20 || scalar.value == 0x7F
            if !(isBlank && isAfterBlank) { line.unicodeScalars.append(isBlank ? " " : scalar) }
            isAfterBlank = isBlank
            if line.utf8.count >= longestValue { return line + "…" }
        }
        if line.hasSuffix(" ") { line.removeLast() }
        return line
    }
}
