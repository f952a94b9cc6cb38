import ImagingWire

/// Reads the spellings of times in the metadata of pictures. Blanks and zeros are no time.
///
/// `2024:05:01 12:30:45` (Exif 2.32, 4.6.5), with `-`, `/` or `.` in place of the colons; the profile of ISO 8601 in XMP
/// (ISO 16684-1, 8.2.2.2), which may end with the day or the minute; RFC 1123, as PNG recommends; and `asctime`.
struct TimeText {
    private var rest: ArraySlice<UInt8>

    private init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// - Parameters:
    ///   - offset: `+02:00`, where the format has it in a field of its own.
    ///   - subSecond: The digits after the decimal point, likewise.
    static func time(_ bytes: [UInt8], offset: [UInt8]? = nil, subSecond: [UInt8]? = nil) -> PictureTime? {
        let text = trimmed(bytes)
        guard !text.isEmpty, text.count <= 64 else { return nil }
        var reader = TimeText(text)
        if reader.isAtDigit, let time = reader.numeric(subSecond) { return time.time(offset) }
        reader = TimeText(text)
        return reader.named()?.time(offset)
    }

    /// IPTC: `20240501`, and `123045+0200` or nothing (IIM 4.2, 2:55 and 2:60).
    static func iptc(date: [UInt8], time: [UInt8]?) -> PictureTime? {
        var reader = TimeText(date[...])
        guard let year = reader.number(4), let month = reader.number(2), let day = reader.number(2) else { return nil }
        var parts = Parts(year: year, month: month, day: day)
        if let time {
            reader = TimeText(time[...])
            guard let hour = reader.number(2), let minute = reader.number(2), let second = reader.number(2) else {
                return parts.time(nil)
            }
            (parts.hour, parts.minute, parts.second) = (hour, minute, second)
            parts.zone = reader.zone()
        }
        return parts.time(nil)
    }

    private struct Parts {
        let year: Int
        let month: Int
        let day: Int
        var hour = 0
        var minute = 0
        var second = 0
        var millisecond = 0
        var zone: Int?

        func time(_ offset: [UInt8]?) -> PictureTime? {
            var reader = TimeText(TimeText.trimmed(offset ?? []))
            return PictureTime(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second,
                millisecond: millisecond, zoneMinutes: zone ?? reader.zone())
        }
    }

    private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte <= 0x20 }
        let end = bytes.lastIndex { !isBlank($0) } ?? -1
        return bytes[..<(end + 1)].drop(while: isBlank)
    }

    // MARK: - Spellings

    private mutating func numeric(_ subSecond: [UInt8]?) -> Parts? {
        guard let year = number(4), skip(":-/."), let month = number(2), skip(":-/."), let day = number(2) else {
            return nil
        }
        var parts = Parts(year: year, month: month, day: day)
        guard !rest.isEmpty else { return parts }
        guard skip("Tt _") else { return nil }
        while skip(" ") {}
        guard let hour = number(2), skip(":.-"), let minute = number(2) else { return nil }
        (parts.hour, parts.minute) = (hour, minute)
        if skip(":.-") {
            guard let second = number(2) else { return nil }
            parts.second = second
            if skip(".,") { parts.millisecond = fraction() ?? 0 }
        }
        if parts.millisecond == 0, let subSecond {
            var reader = TimeText(Self.trimmed(subSecond))
            parts.millisecond = reader.fraction() ?? 0
        }
        while skip(" ") {}
        parts.zone = zone()
        return rest.isEmpty ? parts : nil
    }

    /// `Wed, 1 May 2024 12:30:45 +0200`, and `Wed May  1 12:30:45 2024`.
    private mutating func named() -> Parts? {
        let words = rest.split { $0 == 0x20 || $0 == UInt8(ascii: ",") }
        guard let monthIndex = words.firstIndex(where: { Self.month($0) != nil }), monthIndex <= 2,
            let month = Self.month(words[monthIndex]),
            let clockIndex = words.firstIndex(where: { $0.contains(UInt8(ascii: ":")) })
        else { return nil }
        let numbers = words.indices.filter { $0 != clockIndex && Self.whole(words[$0]) != nil }
        guard let dayIndex = numbers.first(where: { words[$0].count <= 2 }),
            let yearIndex = numbers.first(where: { words[$0].count == 4 && $0 != dayIndex }),
            let day = Self.whole(words[dayIndex]), let year = Self.whole(words[yearIndex])
        else { return nil }
        var clock = TimeText(words[clockIndex])
        guard let hour = clock.number(2), clock.skip(":"), let minute = clock.number(2) else { return nil }
        var parts = Parts(year: year, month: month, day: day)
        (parts.hour, parts.minute) = (hour, minute)
        parts.second = clock.skip(":") ? clock.number(2) ?? 0 : 0
        if yearIndex < clockIndex, clockIndex + 1 < words.count {
            let name = words[clockIndex + 1]
            var reader = TimeText(name)
            parts.zone = ["GMT", "UTC", "UT"].contains { name.elementsEqual($0.utf8) } ? 0 : reader.zone()
        }
        return parts
    }

    private static func month(_ word: ArraySlice<UInt8>) -> Int? {
        let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        return names.firstIndex { word.prefix(3).map { $0 | 0x20 }.elementsEqual($0.utf8) }.map { $0 + 1 }
    }

    private static func whole(_ word: ArraySlice<UInt8>) -> Int? {
        var reader = TimeText(word)
        return word.count <= 4 ? reader.number(word.count) : nil
    }

    // MARK: - Characters

    private var isAtDigit: Bool { rest.first.map { (0x30...0x39).contains($0) } ?? false }

    private mutating func skip(_ any: String) -> Bool {
        guard let first = rest.first, any.utf8.contains(first) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// A number of exactly so many digits.
    private mutating func number(_ digits: Int) -> Int? {
        guard digits > 0, rest.count >= digits else { return nil }
        var value = 0
        for byte in rest.prefix(digits) {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        rest = rest.dropFirst(digits)
        return value
    }

    /// Digits after a decimal point, in thousandths.
    private mutating func fraction() -> Int? {
        guard isAtDigit else { return nil }
        var (value, weight) = (0, 100)
        while isAtDigit, let digit = rest.popFirst() {
            value += Int(digit - 0x30) * weight
            weight /= 10
        }
        return value
    }

    /// `Z`, `+02:00`, `+0200` or `+02`, in minutes.
    private mutating func zone() -> Int? {
        if skip("Zz") { return 0 }
        let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
        guard skip("+-"), let hours = number(2) else { return nil }
        _ = skip(":")
        let minutes = number(2) ?? 0
        return minutes < 60 ? sign * (hours * 60 + minutes) : nil
    }
}
