/// The length of a movie and the identifier of a Live Photo (QuickTime File Format, movie and metadata atoms).
struct QuickTimeReader {
    private(set) var contentIdentifier: String?
    private(set) var milliseconds: Int64?

    private static let identifierKey = Array("com.apple.quicktime.content.identifier".utf8)
    /// Keys and values of one movie; Apple's have a few kB.
    private static let metadataBytesMax: UInt64 = 1 << 20
    static let identifierBytesMax = 128

    init(_ file: MediaBytes) {
        guard let movie = MediaBox.first("moov", in: 0..<file.size, of: file) else { return }
        for box in MediaBox.boxes(in: movie.content, of: file) {
            switch box.type {
            case "mvhd": milliseconds = Self.milliseconds(box.content, file)
            case "meta": contentIdentifier = Self.identifier(box.content, file) ?? contentIdentifier
            // Where converters put it.
            case "udta":
                if let meta = MediaBox.first("meta", in: box.content, of: file) {
                    contentIdentifier = contentIdentifier ?? Self.identifier(meta.content, file)
                }
            default: continue
            }
        }
    }

    private static func milliseconds(_ header: Range<UInt64>, _ file: MediaBytes) -> Int64? {
        let isLong = file.number(at: header.lowerBound, 1) == 1
        let place = header.lowerBound + (isLong ? 20 : 12)
        guard let scale = file.number(at: place, 4), scale > 0,
            let duration = file.number(at: place + 4, isLong ? 8 : 4), duration <= 1 << 50
        else { return nil }
        return Int64(duration * 1000 / scale)
    }

    private static func identifier(_ meta: Range<UInt64>, _ file: MediaBytes) -> String? {
        // MP4 has a version before the boxes, QuickTime has none.
        let isFull = file.bytes(at: meta.lowerBound + 4, 4) != Array("hdlr".utf8)
        guard meta.upperBound - meta.lowerBound >= 8 else { return nil }
        let boxes = MediaBox.boxes(in: meta.lowerBound + (isFull ? 4 : 0)..<meta.upperBound, of: file)
        guard let keys = boxes.first(where: { $0.type == "keys" }),
            let list = boxes.first(where: { $0.type == "ilst" }),
            let index = index(in: keys.content, file)
        else { return nil }
        for item in MediaBox.boxes(in: list.content, of: file) where Array(item.type.utf8) == index {
            guard let data = MediaBox.first("data", in: item.content, of: file),
                let bytes = file.bytes(in: data.content, atMost: UInt64(identifierBytesMax) + 8), bytes.count > 8
            else { continue }
            // After the type and the locale of the value.
            return String(validating: bytes[8...], as: UTF8.self)
        }
        return nil
    }

    /// The four bytes by which values refer to the key; nil if there is none.
    private static func index(in keys: Range<UInt64>, _ file: MediaBytes) -> [UInt8]? {
        guard let bytes = file.bytes(in: keys, atMost: metadataBytesMax), bytes.count >= 8 else { return nil }
        var place = 8
        var index: UInt32 = 1
        while place + 8 <= bytes.count {
            let size = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            guard size >= 8, place + size <= bytes.count else { return nil }
            if bytes[place + 8..<place + size].elementsEqual(identifierKey) {
                return withUnsafeBytes(of: index.bigEndian) { Array($0) }
            }
            place += size
            index += 1
        }
        return nil
    }
}
