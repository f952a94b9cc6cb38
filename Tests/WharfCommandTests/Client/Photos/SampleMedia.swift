/// Small media files with the parts that matter here, and no picture.
enum SampleMedia {
    static func number(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        number(UInt64(content.count) + 8, 4) + Array(type.utf8) + content
    }

    // MARK: - QuickTime

    /// - Parameter isLong: With numbers of 64 bits, and the metadata in the form and at the place of converters.
    static func movie(milliseconds: UInt64, identifier: String?, isLong: Bool) -> [UInt8] {
        let times =
            isLong
            ? [1, 0, 0, 0] + number(0, 16) + number(600, 4) + number(milliseconds * 600 / 1000, 8)
            : number(0, 12) + number(600, 4) + number(milliseconds * 600 / 1000, 4)
        let meta = identifier.map { identifier in
            isLong
                ? box("udta", box("meta", number(0, 4) + metadata(identifier))) : box("meta", metadata(identifier))
        }
        return box("ftyp", Array("qt  ".utf8) + number(0, 4)) + box("wide", []) + box("mdat", [1, 2, 3])
            + box("moov", box("mvhd", times + number(0, 80)) + (meta ?? []))
    }

    private static func metadata(_ identifier: String) -> [UInt8] {
        func key(_ name: String) -> [UInt8] { box("mdta", Array(name.utf8)) }
        func value(_ index: UInt64, _ text: String) -> [UInt8] {
            let data = box("data", number(1, 4) + number(0, 4) + Array(text.utf8))
            return number(UInt64(data.count) + 8, 4) + number(index, 4) + data
        }
        let keys =
            number(0, 4) + number(2, 4) + key("com.apple.quicktime.make")
            + key("com.apple.quicktime.content.identifier")
        return box("hdlr", number(0, 8) + Array("mdta".utf8) + number(0, 12)) + box("keys", keys)
            + box("ilst", value(1, "Apple") + value(2, identifier))
    }

    // MARK: - Exif

    /// A TIFF whose maker notes have the identifier.
    static func exif(identifier: String, isLittleEndian: Bool) -> [UInt8] {
        func ordered(_ value: UInt64, _ count: Int) -> [UInt8] {
            isLittleEndian ? number(value, count).reversed() : number(value, count)
        }
        func entry(_ tag: UInt64, _ type: UInt64, _ count: UInt64, _ value: UInt64) -> [UInt8] {
            ordered(tag, 2) + ordered(type, 2) + ordered(count, 4) + ordered(value, 4)
        }
        let text = Array(identifier.utf8) + [0]
        let mark: [UInt8] = isLittleEndian ? Array("II".utf8) : Array("MM".utf8)
        let note =
            Array("Apple iOS\0".utf8) + [0, 1] + mark + ordered(2, 2) + entry(1, 9, 1, 14)
            + entry(0x11, 2, UInt64(text.count), 44) + ordered(0, 4) + text
        // The header has 8 bytes, a directory of one entry 18.
        let first = ordered(1, 2) + entry(0x8769, 4, 1, 26) + ordered(0, 4)
        let second = ordered(1, 2) + entry(0x927C, 7, UInt64(note.count), 44) + ordered(0, 4)
        return mark + ordered(42, 2) + ordered(8, 4) + first + second + note
    }

    static func jpeg(exif: [UInt8]? = nil, xmp: String? = nil) -> [UInt8] {
        func segment(_ content: [UInt8]) -> [UInt8] { [0xFF, 0xE1] + number(UInt64(content.count) + 2, 2) + content }
        let parts = [
            exif.map { segment(Array("Exif\0\0".utf8) + $0) },
            xmp.map { segment(Array("http://ns.adobe.com/xap/1.0/\0".utf8) + Array($0.utf8)) },
        ]
        return [0xFF, 0xD8] + parts.compactMap { $0 }.flatMap { $0 } + [0xFF, 0xDA, 0, 2]
    }

    // MARK: - HEIC

    static func heic(exif: [[UInt8]] = [], xmp: String? = nil) -> [UInt8] {
        let items =
            exif.map { ("Exif", number(0, 4) + $0) } + (xmp.map { [("mime", Array($0.utf8))] } ?? [])
        let head = box("ftyp", Array("heic".utf8) + number(0, 4))
        let infos = items.enumerated().map { place, item in
            box("infe", [2, 0, 0, 0] + number(UInt64(place) + 1, 2) + number(0, 2) + Array(item.0.utf8) + [0])
        }
        func meta(dataAt start: Int) -> [UInt8] {
            var offset = UInt64(start)
            var places: [UInt8] = []
            for (place, item) in items.enumerated() {
                places += number(UInt64(place) + 1, 2) + number(0, 2) + number(1, 2) + number(offset, 4)
                places += number(UInt64(item.1.count), 4)
                offset += UInt64(item.1.count)
            }
            let lists =
                box("iinf", number(0, 4) + number(UInt64(items.count), 2) + infos.flatMap { $0 })
                + box("iloc", number(0, 4) + [0x44, 0] + number(UInt64(items.count), 2) + places)
            return box("meta", number(0, 4) + lists)
        }
        let start = head.count + meta(dataAt: 0).count + 8
        return head + meta(dataAt: start) + box("mdat", items.flatMap(\.1))
    }
}
