import ImagingWire

extension PictureFormat {
    /// The number of bytes inspected.
    static let sniffedBytes = 64

    /// Detects the format by the first bytes, so that only its decoder reads the file. Names and declared types are
    /// ignored.
    init?(sniffing head: [UInt8]) {
        func has(_ text: String, at offset: Int) -> Bool {
            head.dropFirst(offset).starts(with: text.utf8)
        }
        if head.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if head.starts(with: [0x89]), has("PNG\r\n\u{1a}\n", at: 1) {
            self = .png
        } else if has("GIF87a", at: 0) || has("GIF89a", at: 0) {
            self = .gif
        } else if has("RIFF", at: 0), has("WEBP", at: 8) {
            self = .webP
        } else if head.starts(with: [0x49, 0x49, 0x2a, 0]) || head.starts(with: [0x4d, 0x4d, 0, 0x2a]) {
            self = .tiff
        } else if has("ftyp", at: 4), Self.heifBrands(head).contains(where: { has($0.name, at: $0.offset) }) {
            self = .heif
        } else {
            return nil
        }
    }

    /// ISO 14496-12, 4.3: the major brand at 8, a version, then compatible brands to the end of the box.
    private static func heifBrands(_ head: [UInt8]) -> [(name: String, offset: Int)] {
        let length = head.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let offsets = [8] + Array(stride(from: 16, to: min(head.count, length) - 3, by: 4))
        return offsets.flatMap { offset in
            ["heic", "heix", "heim", "heis", "mif1", "avif"].map { ($0, offset) }
        }
    }

    /// The libvips operation that decodes it.
    var loader: String {
        switch self {
        case .jpeg: "jpegload_source"
        case .png: "pngload_source"
        case .webP: "webpload_source"
        case .gif: "gifload_source"
        case .tiff: "tiffload_source"
        case .heif: "heifload_source"
        }
    }
}
