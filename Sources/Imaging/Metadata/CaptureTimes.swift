import ImagingWire

/// The time at which a picture was taken, from the kinds of metadata that its file has, the most trustworthy first.
struct CaptureTimes {
    /// Exif, with its marker or without, or a whole TIFF.
    var exif: [TIFFStructure] = []
    /// XMP packets (ISO 16684-1).
    var xmp: [[UInt8]] = []
    /// IPTC data sets (IIM 4.2), alone or in Photoshop's resources.
    var iptc: [[UInt8]] = []
    /// What PNGs say in chunks of their own, in order of preference.
    var others: [PictureTime] = []

    var best: PictureTime? {
        for tiff in exif {
            if let time = Self.time(of: tiff) { return time }
        }
        return xmp.firstNonNil(Self.time(ofXMP:)) ?? iptc.firstNonNil(Self.time(ofIPTC:)) ?? others.first
    }

    // MARK: - Exif

    /// The TIFF in an Exif block: behind `Exif` and two zeros, the head of a JPEG segment, or an offset, as writers of HEIC
    /// and PNG put them there.
    static func tiff(inExif bytes: [UInt8]) -> TIFFStructure? {
        let marker = Array("Exif\0\0".utf8)
        let content = bytes.starts(with: [0xff, 0xe1]) ? bytes.dropFirst(4) : bytes[...]
        if content.starts(with: marker) { return TIFFStructure(ByteSource(Array(content.dropFirst(marker.count)))) }
        if let tiff = TIFFStructure(ByteSource(Array(content))) { return tiff }
        // ISO 23008-12, A.2.1: four bytes with the offset of the TIFF from there.
        guard let offset = ByteSource(bytes).number(at: 0, bytes: 4), offset < 64 else { return nil }
        return TIFFStructure(ByteSource(Array(bytes.dropFirst(4 + offset))))
    }

    /// Exif 2.32, 4.6.5 and 4.6.6: DateTimeOriginal, DateTimeDigitized, DateTime, then the time of the position.
    private static func time(of tiff: TIFFStructure) -> PictureTime? {
        guard let first = tiff.first else { return nil }
        let exif = first.directory(.exifDirectory)
        for (tag, zone, subSecond) in [
            (TIFFDirectory.Tag.dateTimeOriginal, TIFFDirectory.Tag.offsetTimeOriginal, .subSecondOriginal),
            (.dateTimeDigitized, .offsetTimeDigitized, .subSecondDigitized), (.dateTime, .offsetTime, .subSecond),
        ] as [(TIFFDirectory.Tag, TIFFDirectory.Tag, TIFFDirectory.Tag)] {
            guard let text = exif?.text(tag) ?? first.text(tag),
                let time = TimeText.time(text, offset: exif?.text(zone), subSecond: exif?.text(subSecond))
            else { continue }
            return time
        }
        return first.directory(.positionDirectory).flatMap(position)
    }

    /// GPSDateStamp and GPSTimeStamp are in UTC.
    private static func position(_ directory: TIFFDirectory) -> PictureTime? {
        guard let date = directory.text(.positionDate).flatMap({ TimeText.time($0) }),
            let clock = directory.fractions(.positionTime, max: 3), clock.allSatisfy({ (0...60).contains($0) })
        else { return nil }
        let milliseconds = Int((clock[2] * 1000).rounded(.down))
        return PictureTime(
            year: date.year, month: date.month, day: date.day, hour: Int(clock[0]), minute: Int(clock[1]),
            second: milliseconds / 1000, millisecond: milliseconds % 1000, zoneMinutes: 0)
    }

    // MARK: - XMP and IPTC

    /// How far into a packet the properties are sought. Writers put them in front of large ones such as histories.
    private static let packetBytesMax = 1 << 20

    private static func time(ofXMP packet: [UInt8]) -> PictureTime? {
        let packet = packet.prefix(packetBytesMax)
        let names = ["exif:DateTimeOriginal", "photoshop:DateCreated", "exif:DateTimeDigitized", "xmp:CreateDate"]
        return names.firstNonNil { name in value(of: Array(name.utf8), in: packet).flatMap { TimeText.time($0) } }
    }

    /// The value of a property in RDF: `name="value"` or `<name>value</name>`.
    private static func value(of name: [UInt8], in packet: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = packet
        while let start = rest.firstRange(of: name) {
            rest = rest[start.upperBound...]
            let isBlank = { (byte: UInt8) in byte <= 0x20 }
            if rest.first == UInt8(ascii: ">") {
                return Array(rest.dropFirst().prefix(64).prefix { $0 != UInt8(ascii: "<") })
            }
            let equals = rest.prefix(64).drop(while: isBlank)
            guard equals.first == UInt8(ascii: "=") else { continue }
            let quoted = equals.dropFirst().drop(while: isBlank)
            guard let quote = quoted.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { continue }
            return Array(quoted.dropFirst().prefix { $0 != quote })
        }
        return nil
    }

    /// Data sets 2:55 and 2:60: five bytes of head (0x1c, record, number, length) and a value each.
    private static func time(ofIPTC bytes: [UInt8]) -> PictureTime? {
        var (date, clock): ([UInt8]?, [UInt8]?) = (nil, nil)
        var index = bytes.firstRange(of: [0x1c, 0x02])?.lowerBound ?? bytes.endIndex
        while index + 5 <= bytes.count, bytes[index] == 0x1c {
            let length = Int(bytes[index + 3]) << 8 | Int(bytes[index + 4])
            guard length < 0x8000, index + 5 + length <= bytes.count else { break }
            let value = Array(bytes[index + 5..<index + 5 + length])
            if bytes[index + 1] == 2, bytes[index + 2] == 55 { date = date ?? value }
            if bytes[index + 1] == 2, bytes[index + 2] == 60 { clock = clock ?? value }
            index += 5 + length
        }
        return date.flatMap { TimeText.iptc(date: $0, time: clock) }
    }
}

extension Sequence {
    /// The first value that a function has for an element.
    func firstNonNil<Value>(_ value: (Element) -> Value?) -> Value? {
        for element in self {
            if let value = value(element) { return value }
        }
        return nil
    }
}

extension Collection<UInt8> {
    /// The first place of some bytes.
    func firstRange(of bytes: [UInt8]) -> Range<Index>? {
        guard let first = bytes.first else { return nil }
        var rest = self[startIndex...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: bytes) { return start..<rest.index(start, offsetBy: bytes.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
