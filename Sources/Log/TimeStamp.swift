import Platform

/// Moments as the logs write them.
enum TimeStamp {
    /// `2026-11-23 20:23:09 +0000`, the error log's.
    static func appendError(_ time: CalendarTime, to line: inout LineBuffer) {
        line.append(decimal: Int(time.year), digits: 4)
        line.append(UInt8(ascii: "-"))
        line.append(decimal: Int(time.month), digits: 2)
        line.append(UInt8(ascii: "-"))
        line.append(decimal: Int(time.day), digits: 2)
        line.append(UInt8(ascii: " "))
        appendClock(time, to: &line)
    }

    /// `[23/Nov/2026:20:23:09 +0000]`, the access log's.
    static func appendAccess(_ time: CalendarTime, to line: inout LineBuffer) {
        line.append(UInt8(ascii: "["))
        line.append(decimal: Int(time.day), digits: 2)
        line.append(UInt8(ascii: "/"))
        line.append(month(time.month))
        line.append(UInt8(ascii: "/"))
        line.append(decimal: Int(time.year), digits: 4)
        line.append(UInt8(ascii: ":"))
        appendClock(time, to: &line)
        line.append(UInt8(ascii: "]"))
    }

    private static func appendClock(_ time: CalendarTime, to line: inout LineBuffer) {
        line.append(decimal: Int(time.hour), digits: 2)
        line.append(UInt8(ascii: ":"))
        line.append(decimal: Int(time.minute), digits: 2)
        line.append(UInt8(ascii: ":"))
        line.append(decimal: Int(time.second), digits: 2)
        line.append(time.offsetSeconds < 0 ? " -" : " +")
        let minutes = Int(time.offsetSeconds.magnitude) / 60
        line.append(decimal: minutes / 60, digits: 2)
        line.append(decimal: minutes % 60, digits: 2)
    }

    /// English whatever the locale is, as the Common Log Format wants it.
    private static func month(_ number: Int32) -> StaticString {
        switch number {
        case 1: "Jan"
        case 2: "Feb"
        case 3: "Mar"
        case 4: "Apr"
        case 5: "May"
        case 6: "Jun"
        case 7: "Jul"
        case 8: "Aug"
        case 9: "Sep"
        case 10: "Oct"
        case 11: "Nov"
        default: "Dec"
        }
    }
}
