import Glibc
import ImagingWire

/// A raw file of a camera: its kind, the size of its picture, and the previews that it contains.
struct RawFile {
    /// A picture inside of the file.
    struct Preview {
        enum Place: Hashable {
            /// A JPEG from this byte on.
            case jpeg(offset: Int)
            /// The first directory of a TIFF, without compression.
            case firstDirectory
        }

        let place: Place
        let width: Int
        let height: Int
        var area: Int { width * height }
    }

    let format: PictureFormat
    /// Of the sensor's picture, before it is turned; nil if it is not stated.
    private(set) var size: (width: Int, height: Int)?
    /// Exif orientation of the picture; nil if it is not stated.
    private(set) var orientation: Int?
    private(set) var times = CaptureTimes()
    private let source: ByteSource
    /// Of the first directory, if it has a picture without compression.
    private var plainSize: (width: Int, height: Int)?

    // MARK: - Kinds

    /// nil for a TIFF that is no raw file.
    init?(_ tiff: TIFFStructure, in source: ByteSource) {
        guard let first = tiff.first else { return nil }
        let directories = tiff.all
        let sensors = directories.filter { [32_803, 34_892].contains($0.number(.photometric) ?? 0) }
        guard let format = Self.format(tiff, first, hasSensor: !sensors.isEmpty) else { return nil }
        self.format = format
        self.source = source
        times.exif = [tiff]
        orientation = first.number(.orientation)
        let exif = first.directory(.exifDirectory)
        let sizes = sensors.map { ($0.number(.width), $0.number(.height)) }
        let stated = (exif?.number(.pixelWidth), exif?.number(.pixelHeight))
        for case (let width?, let height?) in sizes + [stated] where Self.isSize(width, height) {
            if size.map({ $0.width * $0.height < width * height }) ?? true { size = (width, height) }
        }
        let isPlain =
            first.number(.compression) ?? 1 == 1 && first.number(.photometric) == 2
            && first.number(.samplesPerPixel) == 3 && first.has(.stripOffsets)
        if isPlain, let width = first.number(.width), let height = first.number(.height) {
            plainSize = (width, height)
        }
    }

    private static func format(_ tiff: TIFFStructure, _ first: TIFFDirectory, hasSensor: Bool) -> PictureFormat? {
        switch tiff.source.upTo(4, at: 0) {
        case Array("IIU\0".utf8): return .rw2
        case Array("IIRO".utf8), Array("IIRS".utf8), Array("MMOR".utf8): return .orf
        default: break
        }
        if first.has(.dngVersion) { return .dng }
        if tiff.source.text(at: 8, count: 2) == "CR" { return .cr2 }
        guard hasSensor else { return nil }
        let make = String(decoding: first.text(.make) ?? [], as: UTF8.self).uppercased()
        return make.hasPrefix("NIKON") ? .nef : make.hasPrefix("SONY") ? .arw : .raw
    }

    /// An RAF, with a directory in big-endian order at an offset that its header states, or a CR3, whose Exif is in boxes.
    init(_ format: PictureFormat, _ source: ByteSource) {
        self.format = format
        self.source = source
        if format == .raf { readRAF() }
        if format == .cr3 { readCR3() }
    }

    private static func isSize(_ width: Int, _ height: Int) -> Bool {
        (1...1_000_000).contains(width) && (1...1_000_000).contains(height)
    }

    private mutating func readRAF() {
        guard var place = source.number(at: 92, bytes: 4), let count = source.number(at: place, bytes: 4) else {
            return
        }
        place += 4
        for _ in 0..<min(count, 256) {
            guard let tag = source.number(at: place, bytes: 2), let length = source.number(at: place + 2, bytes: 2)
            else { return }
            // Of the whole sensor, and of the part that is the picture, which comes later.
            if tag == 0x100 || tag == 0x111, let height = source.number(at: place + 4, bytes: 2),
                let width = source.number(at: place + 6, bytes: 2), Self.isSize(width, height)
            {
                size = (width, height)
            }
            place += 4 + length
        }
    }

    /// The boxes CMT1 and CMT2 have the two directories of Exif as TIFFs of their own.
    private mutating func readCR3() {
        let head = source.upTo(1 << 16, at: 0)
        for name in ["CMT1", "CMT2"] {
            guard let start = head.firstRange(of: Array(name.utf8))?.upperBound,
                let tiff = TIFFStructure(source.part(start, count: 1 << 16)), let first = tiff.first
            else { continue }
            times.exif.append(tiff)
            orientation = orientation ?? first.number(.orientation)
            if let width = first.number(.pixelWidth) ?? first.number(.width),
                let height = first.number(.pixelHeight) ?? first.number(.height), Self.isSize(width, height)
            {
                size = (width, height)
            }
        }
    }

    // MARK: - Previews

    static let previewsMax = 64

    /// The largest preview; nil if there is none. Cameras put JPEGs into makers' notes, boxes and gaps, so they are sought
    /// by their content.
    var largestPreview: Preview? {
        var previews = Self.jpegs(in: source)
        if let plainSize, Self.isSize(plainSize.width, plainSize.height) {
            previews.append(Preview(place: .firstDirectory, width: plainSize.width, height: plainSize.height))
        }
        return previews.max { $0.area < $1.area }
    }

    /// The JPEGs in a file that decoders read, baseline or progressive; the lossless ones are sensor data.
    private static func jpegs(in source: ByteSource) -> [Preview] {
        let blockBytes = 1 << 20
        var found: [Preview] = []
        var (offset, tried) = (0, 0)
        while offset < source.count, tried < 4096, found.count < previewsMax {
            // Blocks overlap by the length of the signature less one.
            let block = source.upTo(blockBytes + 2, at: offset)
            for index in starts(in: block) where tried < 4096 && found.count < previewsMax {
                tried += 1
                guard let size = JPEGHeader.size(of: source, at: offset + index) else { continue }
                found.append(
                    Preview(place: .jpeg(offset: offset + index), width: size.width, height: size.height))
            }
            offset += blockBytes
        }
        return found
    }

    private static func starts(in block: [UInt8]) -> [Int] {
        block.withUnsafeBytes { bytes in
            var (starts, index): ([Int], Int) = ([], 0)
            while index + 2 < bytes.count, let base = bytes.baseAddress,
                let next = memchr(base + index, 0xff, bytes.count - 2 - index)
            {
                let place = UnsafeRawPointer(next) - base
                if bytes[place + 1] == 0xd8, bytes[place + 2] == 0xff { starts.append(place) }
                index = place + 1
            }
            return starts
        }
    }
}

/// The head of a JPEG (ITU-T T.81, B.2.2).
enum JPEGHeader {
    /// The size of a picture of 8 bits with one or three components; nil for anything else.
    static func size(of source: ByteSource, at start: Int) -> (width: Int, height: Int)? {
        var offset = start + 2
        for _ in 0..<64 {
            guard let marker = source.number(at: offset, bytes: 2), marker >> 8 == 0xff,
                let length = source.number(at: offset + 2, bytes: 2), length >= 2
            else { return nil }
            switch marker & 0xff {
            case 0xc0, 0xc1, 0xc2:
                guard let frame = source.bytes(at: offset + 4, count: 6), frame[0] == 8, [1, 3].contains(frame[5])
                else { return nil }
                let height = Int(frame[1]) << 8 | Int(frame[2])
                let width = Int(frame[3]) << 8 | Int(frame[4])
                return width > 0 && height > 0 ? (width, height) : nil
            case 0xc3, 0xc5...0xc7, 0xc9...0xcb, 0xcd...0xcf, 0xd8...0xda: return nil
            default: offset += 2 + length
            }
        }
        return nil
    }
}
