import ImagingWire

/// Whether a file that could not be decoded ends before its format says.
enum FileEnd {
    static func isEarly(_ format: PictureFormat, _ source: ByteSource) -> Bool {
        switch format {
        case .jpeg: return !JPEGEnd(source).hasEndMarker
        case .png: return !PNGChunks(source).hasEnd
        case .gif: return source.bytes(at: source.count - 1, count: 1) != [0x3b]
        case .webP:
            guard let length = source.number(at: 4, bytes: 4, isLittleEndian: true) else { return true }
            return length + 8 > source.count
        case .tiff:
            guard let tiff = TIFFStructure(source) else { return true }
            guard let first = tiff.first else { return true }
            let places = first.numbers(.stripOffsets, max: 100_000)
            let counts = first.numbers(.stripByteCounts, max: 100_000)
            return zip(places, counts).contains { $0 > source.count || $1 > source.count - $0 }
        case .heic, .avif: return HEIFStructure(source).isCutOff
        case .jpeg2000: return source.bytes(at: source.count - 2, count: 2) != [0xff, 0xd9]
        default: return false
        }
    }
}
