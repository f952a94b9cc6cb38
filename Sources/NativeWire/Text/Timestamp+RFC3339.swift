public import SessionCore
import UploadModel

extension Timestamp {
    /// RFC 3339 in UTC with milliseconds, `2026-11-22T21:35:22.123Z`.
    public var rfc3339: String {
        let time = CivilTime(self)
        return "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))T"
            + "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2)).\(padded(time.millisecond, 3))Z"
    }

    /// Reads an RFC 3339 time with any offset and any number of fractional digits, of which three are kept. A leap
    /// second becomes the following second.
    public init?(rfc3339 text: some StringProtocol) {
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
        self = shifted
    }
}

func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
