/// The boxes of an HEIC or AVIF that say how its primary picture is to be shown (ISO 14496-12 and 23008-12).
///
/// Every size and count is untrusted: boxes end with the box around them, and are limited in number.
struct HEIFStructure {
    private static let metadataBytesMax = 16 << 20

    /// Colours by code points of ITU-T H.273.
    struct Colour: Hashable {
        let primaries: Int
        let transfer: Int
        let isFullRange: Bool
    }

    /// Where the file ends as far as it is a picture: before a second file that was appended, or bytes that are no box.
    private(set) var end: Int
    /// Whether the last box reaches past the end of the file, or one of the primary picture's extents does.
    private(set) var isCutOff = false
    /// Whether the primary picture states its rotation or mirroring (`irot`, `imir`), be it none.
    private(set) var hasTransformation = false
    /// Of the primary picture, unless it has an ICC profile.
    private(set) var colour: Colour?
    private(set) var isGrey = false
    /// Whether the primary picture's colours were multiplied by its alpha (`prem`).
    private(set) var isPremultiplied = false
    private(set) var hasMetadata = false
    /// Whether it has a movie, which is all that an image sequence needs.
    private(set) var hasMovie = false

    init(_ source: ByteSource) {
        end = source.count
        var offset = 0
        var number = 0
        while offset < source.count, number < ISOBox.countMax {
            guard let box = ISOBox(in: source, at: offset), number == 0 || box.type != "ftyp" else {
                end = offset
                break
            }
            if box.type == "meta", !hasMetadata, box.content.count <= Self.metadataBytesMax {
                hasMetadata = true
                read(metadata: ByteSource(box.content.upTo(box.content.count, at: 0)), of: source)
            }
            hasMovie = hasMovie || box.type == "moov"
            isCutOff = isCutOff || box.isCutOff
            offset = box.end
            number += 1
        }
    }

    // MARK: - The primary picture

    /// - Parameter metadata: The content of `meta`, a full box: its version and flags come first.
    private mutating func read(metadata: ByteSource, of file: ByteSource) {
        let boxes = ISOBox.all(in: metadata, from: 4)
        func content(_ type: String) -> ByteSource? { boxes.first { $0.type == type }?.content }
        guard let primaryBox = content("pitm"),
            let primary = primaryBox.number(at: 4, bytes: primaryBox.number(at: 0, bytes: 1) == 0 ? 2 : 4)
        else { return }
        if let properties = content("iprp") { read(properties: properties, of: primary) }
        if let references = content("iref") { read(references: references, of: primary) }
        if let places = content("iloc") {
            isCutOff = isCutOff || Self.lastByte(of: primary, places).map { $0 > file.count } ?? false
        }
    }

    /// 23008-12, 9.3: the properties of all items, and the indices of those of each.
    private mutating func read(properties: ByteSource, of primary: Int) {
        let boxes = ISOBox.all(in: properties)
        guard let all = boxes.first(where: { $0.type == "ipco" }).map({ ISOBox.all(in: $0.content) }) else { return }
        let own = boxes.filter { $0.type == "ipma" }.flatMap { Self.indices(of: primary, in: $0.content) }
            .compactMap { (1...max(1, all.count)).contains($0) && !all.isEmpty ? all[$0 - 1] : nil }
        var hasProfile = false
        for property in own {
            let content = property.content
            switch property.type {
            case "irot", "imir": hasTransformation = true
            case "colr":
                let kind = content.text(at: 0, count: 4)
                hasProfile = hasProfile || kind == "prof" || kind == "rICC"
                if kind == "nclx", let primaries = content.number(at: 4, bytes: 2),
                    let transfer = content.number(at: 6, bytes: 2), let range = content.number(at: 10, bytes: 1)
                {
                    colour = Colour(primaries: primaries, transfer: transfer, isFullRange: range & 0x80 != 0)
                }
            case "av1C": isGrey = (content.number(at: 2, bytes: 1) ?? 0) & 0x10 != 0
            case "hvcC": isGrey = (content.number(at: 16, bytes: 1) ?? 1) & 3 == 0
            default: break
            }
        }
        if hasProfile { colour = colour.map { Colour(primaries: 1, transfer: 13, isFullRange: $0.isFullRange) } }
    }

    private static func indices(of item: Int, in association: ByteSource) -> [Int] {
        guard let version = association.number(at: 0, bytes: 1), let flags = association.number(at: 1, bytes: 3),
            let count = association.number(at: 4, bytes: 4)
        else { return [] }
        let (idBytes, indexBytes) = (version < 1 ? 2 : 4, flags & 1 == 1 ? 2 : 1)
        var offset = 8
        for _ in 0..<min(count, 65_536) {
            guard let id = association.number(at: offset, bytes: idBytes),
                let entries = association.number(at: offset + idBytes, bytes: 1)
            else { return [] }
            offset += idBytes + 1
            if id == item {
                // The highest bit says whether it is essential.
                return (0..<entries).compactMap { association.number(at: offset + $0 * indexBytes, bytes: indexBytes) }
                    .map { $0 & (indexBytes == 2 ? 0x7fff : 0x7f) }
            }
            offset += entries * indexBytes
        }
        return []
    }

    /// 14496-12, 8.11.12.
    private mutating func read(references: ByteSource, of primary: Int) {
        let idBytes = references.number(at: 0, bytes: 1) == 0 ? 2 : 4
        for box in ISOBox.all(in: references, from: 4) where box.type == "prem" {
            isPremultiplied = isPremultiplied || box.content.number(at: 0, bytes: idBytes) == primary
        }
    }

    /// The end of an item's last extent in the file (14496-12, 8.11.3); nil if it is not stored there.
    private static func lastByte(of item: Int, _ places: ByteSource) -> Int? {
        guard let version = places.number(at: 0, bytes: 1), let sizes = places.number(at: 4, bytes: 2) else {
            return nil
        }
        let (offsetBytes, lengthBytes, baseBytes) = (sizes >> 12 & 15, sizes >> 8 & 15, sizes >> 4 & 15)
        let indexBytes = version > 0 ? sizes & 15 : 0
        let idBytes = version < 2 ? 2 : 4
        guard [offsetBytes, lengthBytes, baseBytes, indexBytes].allSatisfy({ $0 <= 8 }),
            let count = places.number(at: 6, bytes: idBytes)
        else { return nil }
        var place = 6 + idBytes
        for _ in 0..<min(count, 65_536) {
            guard let id = places.number(at: place, bytes: idBytes) else { return nil }
            place += idBytes
            let method = version > 0 ? places.number(at: place, bytes: 2) ?? 0 : 0
            place += version > 0 ? 4 : 2
            let base = baseBytes == 0 ? 0 : places.number(at: place, bytes: baseBytes) ?? 0
            guard let extents = places.number(at: place + baseBytes, bytes: 2) else { return nil }
            place += baseBytes + 2
            let extentBytes = indexBytes + offsetBytes + lengthBytes
            if id == item {
                guard method & 15 == 0 else { return nil }
                return (0..<extents).compactMap { index in
                    let start = place + index * extentBytes + indexBytes
                    let offset = offsetBytes == 0 ? 0 : places.number(at: start, bytes: offsetBytes) ?? 0
                    guard let length = places.number(at: start + offsetBytes, bytes: lengthBytes) else { return nil }
                    let (first, overflow) = base.addingReportingOverflow(offset)
                    let (last, tooLong) = first.addingReportingOverflow(length)
                    return overflow || tooLong ? nil : last
                }.max()
            }
            place += extents * extentBytes
        }
        return nil
    }
}
