/// The Exif and XMP of a HEIC (ISO/IEC 14496-12, section 8.11; ISO/IEC 23008-12, annex A).
struct HEIFReader {
    private let file: MediaBytes
    /// Whether a video is in the file, as in motion photos of Samsung.
    let hasVideo: Bool
    private let places: [Place]

    private struct Place {
        let type: String
        let range: Range<UInt64>
    }

    /// The lists of items and of their places.
    private static let listBytesMax: UInt64 = 1 << 20
    private static let itemsMax: UInt64 = 10_000
    /// Items of one type that are read: that of the picture, and those of its auxiliary pictures.
    private static let readItemsMax = 8
    private static let xmpBytesMax: UInt64 = 256 << 10
    private static let brands: Set<String> = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]

    /// nil for other files.
    init?(_ file: MediaBytes) {
        guard file.bytes(at: 4, 4) == Array("ftyp".utf8), let brand = file.bytes(at: 8, 4),
            Self.brands.contains(String(decoding: brand, as: UTF8.self))
        else { return nil }
        self.file = file
        let boxes = MediaBox.boxes(in: 0..<file.size, of: file)
        hasVideo = boxes.contains { $0.type == "mpvd" }
        guard let meta = boxes.first(where: { $0.type == "meta" }), meta.content.count > 4 else {
            places = []
            return
        }
        let lists = MediaBox.boxes(in: meta.content.lowerBound + 4..<meta.content.upperBound, of: file)
        let types = lists.first { $0.type == "iinf" }.map { Self.types($0.content, file) } ?? [:]
        let ranges = lists.first { $0.type == "iloc" }.flatMap { Self.ranges($0.content, file) } ?? [:]
        places = types.sorted { $0.key < $1.key }.compactMap { item, type in
            ranges[item].map { Place(type: type, range: $0) }
        }
    }

    /// Of the picture, then of auxiliary pictures.
    var tiffs: [TIFFReader] {
        ranges(of: "Exif").compactMap { range in
            // The item begins with the offset of the TIFF header behind that number.
            file.number(at: range.lowerBound, 4).flatMap { offset in
                TIFFReader(file, at: range.lowerBound + 4 + offset)
            }
        }
    }

    /// Of each item that may be XMP.
    var xmp: [[UInt8]] {
        ranges(of: "mime").compactMap { file.bytes(in: $0, atMost: Self.xmpBytesMax) }
    }

    private func ranges(of type: String) -> [Range<UInt64>] {
        places.filter { $0.type == type }.prefix(Self.readItemsMax).map(\.range)
    }

    /// The types of items, by their numbers: the box `iinf`.
    private static func types(_ content: Range<UInt64>, _ file: MediaBytes) -> [UInt64: String] {
        guard let version = file.number(at: content.lowerBound, 1) else { return [:] }
        let start = content.lowerBound + (version == 0 ? 6 : 8)
        guard start <= content.upperBound else { return [:] }
        var types: [UInt64: String] = [:]
        for entry in MediaBox.boxes(in: start..<content.upperBound, of: file) where entry.type == "infe" {
            guard let version = file.number(at: entry.content.lowerBound, 1), version >= 2 else { continue }
            let bytes = version == 2 ? 2 : 4
            let place = entry.content.lowerBound + 4
            guard let item = file.number(at: place, bytes), let type = file.bytes(at: place + UInt64(bytes) + 2, 4)
            else { continue }
            types[item] = String(decoding: type, as: UTF8.self)
        }
        return types
    }

    /// The first extents of items in the file, by their numbers: the box `iloc`.
    private static func ranges(_ content: Range<UInt64>, _ file: MediaBytes) -> [UInt64: Range<UInt64>]? {
        guard let bytes = file.bytes(in: content, atMost: listBytesMax), bytes.count >= 8 else { return nil }
        var place = 0
        func next(_ count: Int) -> UInt64? {
            guard count <= 8, place + count <= bytes.count else { return nil }
            defer { place += count }
            return bytes[place..<place + count].reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard let version = next(1), version <= 2, next(3) != nil, let sizes = next(1), let more = next(1),
            let count = next(version < 2 ? 2 : 4), count <= itemsMax
        else { return nil }
        let (offsetBytes, lengthBytes) = (Int(sizes >> 4), Int(sizes & 15))
        let (baseBytes, indexBytes) = (Int(more >> 4), version == 0 ? 0 : Int(more & 15))
        var ranges: [UInt64: Range<UInt64>] = [:]
        for _ in 0..<count {
            guard let item = next(version < 2 ? 2 : 4), let method = version == 0 ? 0 : next(2), next(2) != nil,
                let base = next(baseBytes), let extents = next(2)
            else { return nil }
            for number in 0..<extents {
                guard next(indexBytes) != nil, let offset = next(offsetBytes), let length = next(lengthBytes) else {
                    return nil
                }
                // Other methods place an item inside of another one.
                guard number == 0, method == 0, base <= file.size, offset <= file.size - base else { continue }
                let start = base + offset
                ranges[item] = start..<start + min(length, file.size - start)
            }
        }
        return ranges
    }
}
