package import SessionCore

extension Timestamp {
    /// From `2024:05:01 12:30:00` (Exif 2.32, DateTimeOriginal). Exif has no zone there: the camera's local time is taken
    /// for UTC. Nil for anything else, and for times that no calendar has.
    package init?(exif text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 19 else { return nil }
        for (index, separator) in [(4, ":"), (7, ":"), (10, " "), (13, ":"), (16, ":")] {
            guard bytes[index] == separator.utf8.first else { return nil }
        }
        func number(_ range: Range<Int>) -> Int? {
            bytes[range].reduce(0 as Int?) { sum, byte in
                guard let sum, (0x30...0x39).contains(byte) else { return nil }
                return sum * 10 + Int(byte - 0x30)
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19), year > 0,
            let time = CivilTime(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second
            ).timestamp
        else { return nil }
        self = time
    }
}
