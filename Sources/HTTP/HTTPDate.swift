/// A time as the Date field writes it: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
///
/// Pure calendar arithmetic on the proleptic Gregorian calendar, with no time zone and no locale.
package struct HTTPDate: Sendable {
    package static let length = 29

    private var text: InlineArray<29, UInt8>

    package init(secondsSinceEpoch: Int) {
        // The year 1 to the year 9999; what a broken clock says beyond them is not worth a trap.
        let seconds = min(max(secondsSinceEpoch, -62_135_596_800), 253_402_300_799)
        let days = seconds >= 0 ? seconds / 86_400 : -((86_399 - seconds) / 86_400)
        let second = seconds - days * 86_400
        let (year, month, day) = Self.civil(days)
        text = InlineArray(repeating: Byte.space)
        // The epoch was a Thursday.
        put("ThuFriSatSunMonTueWed", from: ((days % 7 + 7) % 7) * 3, count: 3, at: 0)
        put(",", from: 0, count: 1, at: 3)
        putTwo(day, at: 5)
        put("JanFebMarAprMayJunJulAugSepOctNovDec", from: (month - 1) * 3, count: 3, at: 8)
        putTwo(year / 100, at: 12)
        putTwo(year % 100, at: 14)
        putTwo(second / 3600, at: 17)
        put(":", from: 0, count: 1, at: 19)
        putTwo(second / 60 % 60, at: 20)
        put(":", from: 0, count: 1, at: 22)
        putTwo(second % 60, at: 23)
        put("GMT", from: 0, count: 3, at: 26)
    }

    /// Appends the 29 bytes.
    package func write(into writer: inout ByteWriter) {
        unsafe text.span.withUnsafeBytes { bytes in
            unsafe writer.append(bytes)
        }
    }

    /// Year, month and day of a day counted from the epoch.
    ///
    /// Years are counted from March, so that the leap day is a year's last and the lengths of the
    /// months follow one line; 400 years are 146,097 days.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    private mutating func put(_ source: StaticString, from: Int, count: Int, at index: Int) {
        for offset in 0..<count {
            text[index + offset] = unsafe source.utf8Start[from + offset]
        }
    }

    private mutating func putTwo(_ number: Int, at index: Int) {
        text[index] = UInt8(truncatingIfNeeded: 0x30 + number / 10 % 10)
        text[index + 1] = UInt8(truncatingIfNeeded: 0x30 + number % 10)
    }
}
