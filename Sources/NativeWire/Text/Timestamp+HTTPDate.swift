public import SessionCore
import UploadModel

/// Dates of HTTP (RFC 9110, section 5.6.7).
extension Timestamp {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`: the format for sending. Fractions of a second are dropped.
    public var httpDate: String {
        let time = CivilTime(self)
        return "\(HTTPDateNames.days[time.weekday]), \(padded(time.day, 2)) \(HTTPDateNames.months[time.month - 1]) "
            + "\(padded(time.year, 4)) \(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2)) GMT"
    }

    /// Reads all three formats: the one above, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov 6 08:49:37 1994`. The name
    /// of the day need not match the date.
    ///
    /// - Parameter now: Resolves two-digit years: one that would be more than 50 years ahead is in the past.
    public init?(httpDate text: some StringProtocol, now: Timestamp) {
        var scanner = DigitScanner(Substring(text).utf8.trimmingBlanks())
        let time: CivilTime?
        if scanner.skip(anyOf: HTTPDateNames.longDays) != nil {
            time = scanner.rfc850(now: now)
        } else if scanner.skip(anyOf: HTTPDateNames.days) != nil {
            time = scanner.skip(",") ? scanner.imfFixdate() : scanner.asctime()
        } else {
            time = nil
        }
        guard scanner.isAtEnd, let timestamp = time?.timestamp else { return nil }
        self = timestamp
    }
}

private enum HTTPDateNames {
    static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let longDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension DigitScanner {
    /// ` 06 Nov 1994 08:49:37 GMT`.
    fileprivate mutating func imfFixdate() -> CivilTime? {
        guard skip(" "), let day = number(digits: 2), skip(" "), let month = month(), skip(" "),
            let year = number(digits: 4), skip(" "), let clock = clock(), skip(" "), skip(anyOf: ["GMT"]) != nil
        else { return nil }
        return civil(year, month, day, clock)
    }

    /// `, 06-Nov-94 08:49:37 GMT`.
    fileprivate mutating func rfc850(now: Timestamp) -> CivilTime? {
        guard skip(","), skip(" "), let day = number(digits: 2), skip("-"), let month = month(), skip("-"),
            let shortYear = number(digits: 2), skip(" "), let clock = clock(), skip(" "), skip(anyOf: ["GMT"]) != nil
        else { return nil }
        let thisYear = CivilTime(now).year
        var year = thisYear - thisYear % 100 + shortYear
        if year > thisYear + 50 { year -= 100 }
        return civil(year, month, day, clock)
    }

    /// ` Nov  6 08:49:37 1994`.
    fileprivate mutating func asctime() -> CivilTime? {
        guard skip(" "), let month = month(), skip(" "), let day = skip(" ") ? number(digits: 1) : number(digits: 2),
            skip(" "), let clock = clock(), skip(" "), let year = number(digits: 4)
        else { return nil }
        return civil(year, month, day, clock)
    }

    private mutating func month() -> Int? {
        skip(anyOf: HTTPDateNames.months).map { $0 + 1 }
    }

    private mutating func clock() -> (hour: Int, minute: Int, second: Int)? {
        guard let hour = number(digits: 2), skip(":"), let minute = number(digits: 2), skip(":"),
            let second = number(digits: 2)
        else { return nil }
        return (hour, minute, second)
    }

    private func civil(
        _ year: Int, _ month: Int, _ day: Int, _ clock: (hour: Int, minute: Int, second: Int)
    ) -> CivilTime {
        CivilTime(
            year: year, month: month, day: day, hour: clock.hour, minute: clock.minute, second: clock.second)
    }
}
