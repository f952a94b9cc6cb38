package import SessionCore
import UploadCore

extension Timestamp {
    /// Reads `20130524T000000Z`, the date of a request to a bucket.
    package init?(compactDate text: String) {
        let digits = text.utf8.map { Int($0) - 48 }
        guard digits.count == 16 else { return nil }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { 10 * $0 + $1 } }
        let time = CivilTime(
            year: number(0..<4), month: number(4..<6), day: number(6..<8), hour: number(9..<11),
            minute: number(11..<13), second: number(13..<15))
        guard let timestamp = time.timestamp else { return nil }
        self = timestamp
    }
}
