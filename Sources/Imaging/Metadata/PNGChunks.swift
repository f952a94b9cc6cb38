import ImagingWire

/// The chunks of a PNG that state times (PNG, third edition, 11.3.3 to 11.3.5), in front of and behind its pixels.
struct PNGChunks {
    static let chunksMax = 10_000
    private static let textBytesMax = 1 << 20

    private(set) var times = CaptureTimes()
    /// Whether it has its last chunk.
    private(set) var hasEnd = false

    init(_ source: ByteSource) {
        var (offset, number): (Int, Int) = (8, 0)
        var (created, modified): (PictureTime?, PictureTime?) = (nil, nil)
        while number < Self.chunksMax, let length = source.number(at: offset, bytes: 4),
            let name = source.text(at: offset + 4, count: 4)
        {
            let place = offset + 8
            if length <= Self.textBytesMax {
                switch name {
                case "eXIf":
                    if let tiff = source.bytes(at: place, count: length).flatMap(CaptureTimes.tiff(inExif:)) {
                        times.exif.append(tiff)
                    }
                case "tIME": modified = source.bytes(at: place, count: length).flatMap(Self.time) ?? modified
                case "tEXt", "iTXt":
                    read(source.upTo(length, at: place), isInternational: name == "iTXt", &created)
                default: break
                }
            }
            if name == "IEND" {
                hasEnd = true
                break
            }
            offset = place + length + 4
            number += 1
        }
        times.others = [created, modified].compactMap(\.self)
    }

    /// A keyword, a zero, and text; in `iTXt` with two bytes about compression and two further texts between them.
    private mutating func read(_ bytes: [UInt8], isInternational: Bool, _ created: inout PictureTime?) {
        let keyword = bytes.prefix { $0 != 0 }
        var text = bytes.dropFirst(keyword.count + 1)
        if isInternational {
            guard text.first == 0 else { return }
            text = text.dropFirst(2)
            for _ in 0..<2 { text = text.drop { $0 != 0 }.dropFirst() }
        }
        switch String(decoding: keyword, as: UTF8.self) {
        case "XML:com.adobe.xmp": times.xmp.append(Array(text))
        case "Creation Time", "date:create": created = created ?? TimeText.time(Array(text.prefix(65)))
        default: break
        }
    }

    /// Seven bytes, in UTC.
    private static func time(_ bytes: [UInt8]) -> PictureTime? {
        guard bytes.count == 7 else { return nil }
        let parts = bytes.map { Int($0) }
        return PictureTime(
            year: parts[0] << 8 | parts[1], month: parts[2], day: parts[3], hour: parts[4], minute: parts[5],
            second: min(parts[6], 59), zoneMinutes: 0)
    }
}
