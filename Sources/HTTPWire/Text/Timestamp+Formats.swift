public import SessionCore
import UploadModel

extension Timestamp {
    /// RFC 3339 in UTC with milliseconds, `2026-11-22T21:35:22.123Z`.
    public var rfc3339: String {
        let time = CivilTime(self)
        // One buffer: this is in every response to an upload.
        var text: [UInt8] = []
        text.reserveCapacity(24)
        text.append(time.year, digits: 4, "-")
        text.append(time.month, digits: 2, "-")
        text.append(time.day, digits: 2, "T")
        text.append(time.hour, digits: 2, ":")
        text.append(time.minute, digits: 2, ":")
        text.append(time.second, digits: 2, ".")
        text.append(time.millisecond, digits: 3, "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads an RFC 3339 time with any offset and any number of fractional digits, of which three are kept. A leap
    /// second becomes the following second.
    public init?(rfc3339 text: some StringProtocol) {
        guard let time = Self.withOffset(rfc3339: text) else { return nil }
        self = time.instant
    }

    /// Reads the same, and the offset in minutes.
    package static func withOffset(
        rfc3339 text: some StringProtocol
    ) -> (instant: Timestamp, offsetMinutes: Int)? {
        var scanner = DigitScanner(text.utf8)
        guard let year = scanner.number(digits: 4), scanner.skip("-"), let month = scanner.number(digits: 2),
            scanner.skip("-"), let day = scanner.number(digits: 2),
            scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(digits: 2), scanner.skip(":"), let minute = scanner.number(digits: 2),
            scanner.skip(":"), let second = scanner.number(digits: 2)
        else { return nil }
        var millisecond = 0
        if scanner.skip(".") {
            guard let fraction = scanner.fraction() else { return nil }
            millisecond = fraction
        }
        guard let offset = scanner.offsetMinutes(), scanner.isAtEnd else { return nil }
        let civil = CivilTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
        guard let timestamp = civil.timestamp else { return nil }
        let shifted = timestamp.advanced(byMilliseconds: -Int64(offset) * 60_000)
        // An offset can lead to a year that four digits cannot represent.
        guard (0...9999).contains(CivilTime(shifted).year) else { return nil }
        return (shifted, offset)
    }
}

extension [UInt8] {
    /// Appends the last decimal digits of a number, with leading zeros, and the text after them.
    fileprivate mutating func append(_ number: Int, digits: Int, _ suffix: String) {
        var rest = number
        let start = count
        for _ in 0..<digits {
            insert(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10), at: start)
            rest /= 10
        }
        self += suffix.utf8
    }
}

/// Dates of HTTP (RFC 9110, section 5.6.7).
extension Timestamp {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`: the format for sending. Fractions of a second are dropped.
    public var httpDate: String {
        let time = CivilTime(self)
        var text = Array(HTTPDateNames.days[time.weekday].utf8)
        text += ", ".utf8
        text.append(time.day, digits: 2, " ")
        text += HTTPDateNames.months[time.month - 1].utf8
        text += " ".utf8
        text.append(time.year, digits: 4, " ")
        text.append(time.hour, digits: 2, ":")
        text.append(time.minute, digits: 2, ":")
        text.append(time.second, digits: 2, " GMT")
        return String(decoding: text, as: UTF8.self)
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

/// Reads numbers of a fixed width, words, and separators.
struct DigitScanner {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)[...]
    }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = bytes.first, UInt32(first) == character.value else { return false }
        bytes.removeFirst()
        return true
    }

    /// Consumes the first matching word and returns its index. Longer words must precede their prefixes.
    mutating func skip(anyOf words: [String]) -> Int? {
        guard let position = words.firstIndex(where: { bytes.starts(with: $0.utf8) }) else { return nil }
        bytes = bytes.dropFirst(words[position].utf8.count)
        return position
    }

    mutating func number(digits: Int) -> Int? {
        guard bytes.count >= digits else { return nil }
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Digits after a decimal point, in thousandths.
    mutating func fraction() -> Int? {
        guard let first = digit() else { return nil }
        var value = first * 100
        var weight = 10
        while let digit = digit() {
            value += digit * weight
            weight /= 10
        }
        return value
    }

    /// `Z`, or an offset from UTC, in minutes.
    mutating func offsetMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2), hours < 24,
            minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }

    private mutating func digit() -> Int? {
        guard let first = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
        bytes.removeFirst()
        return Int(first - UInt8(ascii: "0"))
    }
}
