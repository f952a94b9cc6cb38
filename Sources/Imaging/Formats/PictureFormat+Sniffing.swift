import ImagingWire

/// What the first bytes of a file say it is. Names and declared types are ignored.
enum SniffedKind: Hashable {
    case picture(PictureFormat)
    /// A TIFF, or one of the raw files that have its structure.
    case tiffStructure
    case other(OtherKind)

    /// The number of bytes inspected.
    static let bytes = 512

    /// nil for a format that is not known.
    init?(_ head: [UInt8]) {
        func has(_ bytes: [UInt8], at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: bytes) }
        func has(_ text: String, at offset: Int = 0) -> Bool { has(Array(text.utf8), at: offset) }
        let boxSignature: [UInt8] = [0x0d, 0x0a, 0x87, 0x0a]
        switch true {
        case has([0xff, 0xd8, 0xff]): self = .picture(.jpeg)
        case has([0x89]) && has("PNG\r\n\u{1a}\n", at: 1): self = .picture(.png)
        case has("GIF87a"), has("GIF89a"): self = .picture(.gif)
        case has("RIFF") && has("WEBP", at: 8): self = .picture(.webP)
        case has([0xff, 0x0a]), has([0, 0, 0, 12]) && has("JXL ", at: 4) && has(boxSignature, at: 8):
            self = .picture(.jpegXL)
        case has([0xff, 0x4f, 0xff, 0x51]), has([0, 0, 0, 12]) && has("jP  ", at: 4) && has(boxSignature, at: 8):
            self = .picture(.jpeg2000)
        case has("BM") && head.count > 14 && [12, 40, 52, 56, 64, 108, 124].contains(head[14]):
            self = .picture(.bmp)
        case has("8BPS"): self = .picture(.psd)
        case has("FUJIFILMCCD-RAW"): self = .picture(.raf)
        case TIFFStructure(ByteSource(Array(head.prefix(16)))) != nil: self = .tiffStructure
        case has("ftyp", at: 4):
            guard let kind = Self(brands: Self.brands(head)) else { return nil }
            self = kind
        case has("moov", at: 4), has("mdat", at: 4), has("wide", at: 4): self = .picture(.quickTime)
        case has([0x1a, 0x45, 0xdf, 0xa3]):
            self = .picture(head.prefix(64).firstRange(of: Array("webm".utf8)) == nil ? .matroska : .webM)
        case has("RIFF") && has("AVI ", at: 8): self = .picture(.avi)
        // Packets of 188 bytes, in the files of camcorders with four bytes before each (ISO 13818-1, 2.4.3).
        case [0, 188, 376].allSatisfy({ has([0x47], at: $0) }), [4, 196, 388].allSatisfy({ has([0x47], at: $0) }):
            self = .picture(.mpegTransportStream)
        case has([0, 0, 1, 0xba]): self = .picture(.mpegProgramStream)
        case has("%PDF-"): self = .other(.pdf)
        case has("<svg") || (has("<?xml") && head.firstRange(of: Array("<svg".utf8)) != nil): self = .other(.svg)
        default: return nil
        }
    }

    /// ISO 14496-12, 4.3: the major brand at 8, a version, then compatible brands to the end of the box.
    private static func brands(_ head: [UInt8]) -> [String] {
        let length = head.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let offsets = [8] + Array(stride(from: 16, to: min(head.count, length) - 3, by: 4))
        return offsets.map { String(decoding: head.dropFirst($0).prefix(4), as: UTF8.self) }
    }

    private init?(brands: [String]) {
        let all = Set(brands)
        if all.contains("crx ") {
            self = .picture(.cr3)
        } else if !all.isDisjoint(with: ["avif", "avis"]) {
            self = .picture(.avif)
        } else if !all.isDisjoint(with: ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]) {
            self = .picture(.heic)
        } else if brands.first == "qt  " {
            self = .picture(.quickTime)
        } else if all.contains(where: Self.isVideo) {
            self = .picture(.mp4)
        } else {
            return nil
        }
    }

    private static func isVideo(_ brand: String) -> Bool {
        ["qt  ", "isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "mmp4", "dash"].contains(brand)
            || brand.hasPrefix("M4V") || brand.hasPrefix("3g")
    }
}

extension PictureFormat {
    /// The libvips operation that decodes it; nil for formats that are decoded otherwise.
    var loader: String? {
        switch self {
        case .jpeg: "jpegload_source"
        case .png: "pngload_source"
        case .webP: "webpload_source"
        case .gif: "gifload_source"
        case .tiff: "tiffload_source"
        case .heic, .avif: "heifload_source"
        case .jpegXL: "jxlload_source"
        case .jpeg2000: "jp2kload_source"
        case .bmp, .psd, .dng, .cr2, .cr3, .nef, .arw, .raf, .rw2, .orf, .raw, .quickTime, .mp4, .matroska, .webM, .avi,
            .mpegTransportStream, .mpegProgramStream:
            nil
        }
    }

    /// Whether libvips may be built without its loader.
    var isOptional: Bool { self == .jpegXL || self == .jpeg2000 }
}
