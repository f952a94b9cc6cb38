/// What a camera's clock showed, and the offset of that clock from UTC if the file states it.
package struct PictureTime: Hashable, Sendable {
    package let year: Int
    package let month: Int
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int
    package let millisecond: Int
    /// Minutes ahead of UTC; nil if unknown.
    package let zoneMinutes: Int?

    /// nil for dates that do not exist, and for offsets of more than 14 hours.
    package init?(
        year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int = 0,
        zoneMinutes: Int? = nil
    ) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (0...999).contains(millisecond), zoneMinutes.map({ (-840...840).contains($0) }) ?? true
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
        self.millisecond = millisecond
        self.zoneMinutes = zoneMinutes
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension PictureTime {
    private static let noZone: UInt16 = 0x7fff

    fileprivate var bytes: [UInt8] {
        var writer = WireWriter()
        writer.append(UInt16(year))
        for value in [month, day, hour, minute, second] { writer.append(UInt8(value)) }
        writer.append(UInt16(millisecond))
        writer.append(zoneMinutes.map { UInt16(bitPattern: Int16($0)) } ?? Self.noZone)
        return writer.bytes
    }

    fileprivate init(from reader: inout WireReader) throws(WireError) {
        let year: UInt16 = try reader.integer()
        let parts = Array(try reader.bytes(5)).map { Int($0) }
        let millisecond: UInt16 = try reader.integer()
        let zone: UInt16 = try reader.integer()
        let time = PictureTime(
            year: Int(year), month: parts[0], day: parts[1], hour: parts[2], minute: parts[3], second: parts[4],
            millisecond: Int(millisecond), zoneMinutes: zone == Self.noZone ? nil : Int(Int16(bitPattern: zone)))
        guard let time else { throw WireError.malformed(.takenAt) }
        self = time
    }
}

extension WireWriter {
    /// A flag, and the time if there is one.
    mutating func append(_ time: PictureTime?) {
        append(UInt8(time == nil ? 0 : 1))
        append(time?.bytes ?? [])
    }
}

extension WireReader {
    mutating func optionalTime() throws(WireError) -> PictureTime? {
        switch try integer() as UInt8 {
        case 0: return nil
        case 1: return try PictureTime(from: &self)
        default: throw WireError.malformed(.takenAt)
        }
    }
}
