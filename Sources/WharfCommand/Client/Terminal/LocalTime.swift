import Glibc
import HTTPWire
import SessionCore

/// Times for people, in the time zone of the process.
enum LocalTime {
    /// `2026-11-30`, or with the time of day `2026-11-30 19:12`.
    static func text(_ time: Timestamp, withTimeOfDay: Bool = true) -> String {
        var seconds = time_t((Double(time.milliseconds) / 1000).rounded(.down))
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return time.rfc3339 }
        func digits(_ number: Int32, _ count: Int = 2) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let date = "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1))-\(digits(parts.tm_mday))"
        return withTimeOfDay ? "\(date) \(digits(parts.tm_hour)):\(digits(parts.tm_min))" : date
    }
}
