import ImagingWire

/// What the boxes of an MP4 or a QuickTime film say about it as a whole (ISO 14496-12, 8.2; QuickTime File Format, “Movie
/// Atoms” and “Metadata”).
struct MovieStructure {
    private static let keysMax = 256

    /// Whether it has the box without which nothing can be decoded.
    private(set) var hasMovie = false
    /// Whether the last box reaches past the end of the file.
    private(set) var isCutOff = false
    /// `com.apple.quicktime.creationdate`, with the offset of the camera's clock.
    private(set) var creationDate: PictureTime?
    /// From the header of the movie, in UTC; nil if it was not set.
    private(set) var headerTime: PictureTime?

    var takenAt: PictureTime? { creationDate ?? headerTime }

    init(_ source: ByteSource) {
        var (offset, count) = (0, 0)
        while offset < source.count, count < ISOBox.countMax, let box = ISOBox(in: source, at: offset) {
            isCutOff = isCutOff || box.isCutOff
            if box.type == "moov", !hasMovie {
                hasMovie = true
                read(movie: box.content)
            }
            (offset, count) = (box.end, count + 1)
        }
    }

    private mutating func read(movie: ByteSource) {
        let boxes = ISOBox.all(in: movie)
        func first(_ type: String, in boxes: [ISOBox]) -> ByteSource? { boxes.first { $0.type == type }?.content }
        if let header = first("mvhd", in: boxes), let version = header.number(at: 0, bytes: 1) {
            headerTime = header.number(at: 4, bytes: version == 1 ? 8 : 4).flatMap { Self.time(sinceEpoch: $0) }
        }
        let userData = first("udta", in: boxes).map { ISOBox.all(in: $0) } ?? []
        let metadata = [first("meta", in: boxes), first("meta", in: userData)].compactMap(\.self)
        creationDate = metadata.firstNonNil { Self.creationDate(inMetadata: $0) }
    }

    /// Seconds since the start of 1904. Zero is that of a clock that was not set, as is all that lies before 1970: some
    /// writers count from there.
    static func time(sinceEpoch seconds: Int) -> PictureTime? {
        let secondsUntil1970 = 2_082_844_800
        guard seconds > secondsUntil1970 + 86_400 else { return nil }
        return PictureTime(secondsSince1970: seconds - secondsUntil1970)
    }

    /// The metadata box is a full one in MP4, with four bytes in front, and a plain one in QuickTime.
    private static func creationDate(inMetadata box: ByteSource) -> PictureTime? {
        let boxes = [0, 4].map { ISOBox.all(in: box, from: $0) }.first { boxes in
            boxes.contains { $0.type == "keys" }
        }
        guard let boxes, let keys = boxes.first(where: { $0.type == "keys" })?.content,
            let values = boxes.first(where: { $0.type == "ilst" })?.content,
            let index = index(of: "com.apple.quicktime.creationdate", in: keys)
        else { return nil }
        var (offset, count) = (0, 0)
        // The type of an entry is the number of its key, so it need not be text.
        while count < keysMax, let size = values.number(at: offset, bytes: 4), size >= 8,
            let key = values.number(at: offset + 4, bytes: 4)
        {
            if key == index, let data = ISOBox(in: values.part(offset + 8, count: size - 8), at: 0), data.type == "data"
            {
                // A type, of which 1 is text in UTF-8, and a locale.
                guard data.content.number(at: 0, bytes: 4) == 1 else { return nil }
                return TimeText.time(data.content.upTo(64, at: 8))
            }
            (offset, count) = (offset + size, count + 1)
        }
        return nil
    }

    /// The number of a key, from 1 on.
    private static func index(of name: String, in keys: ByteSource) -> Int? {
        var offset = 8
        for number in 1...min(max(1, keys.number(at: 4, bytes: 4) ?? 0), keysMax) {
            guard let size = keys.number(at: offset, bytes: 4), size >= 8 else { return nil }
            // After the name space, `mdta`.
            if size - 8 == name.utf8.count, keys.text(at: offset + 8, count: size - 8) == name { return number }
            offset += size
        }
        return nil
    }
}

extension PictureTime {
    /// A time in UTC; nil beyond the year 9999.
    init?(secondsSince1970 seconds: Int) {
        guard (-1_000_000_000_000...1_000_000_000_000).contains(seconds) else { return nil }
        let (day, second) = (seconds.floorDivided(by: 86_400), seconds - seconds.floorDivided(by: 86_400) * 86_400)
        // Days of eras of 400 years that begin in March (Howard Hinnant, “chrono-Compatible Low-Level Date Algorithms”).
        let shifted = day + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        self.init(
            year: yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month: month < 10 ? month + 3 : month - 9,
            day: dayOfYear - (153 * month + 2) / 5 + 1, hour: second / 3600, minute: second / 60 % 60,
            second: second % 60, zoneMinutes: 0)
    }
}

extension Int {
    fileprivate func floorDivided(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : (self + 1) / divisor - 1
    }
}
