import ImagingWire

/// The date of a Matroska or WebM file: `DateUTC` in `Info` (RFC 9559, 5.1.2.11), in the elements of EBML (RFC 8794).
enum MatroskaTime {
    private static let elementsMax = 64
    /// How far into the file `Info` is sought. Writers put it before the clusters.
    private static let bytesMax = 1 << 20

    private static let segment = 0x1853_8067
    private static let info = 0x1549_A966
    private static let dateUTC = 0x4461

    static func takenAt(_ source: ByteSource) -> PictureTime? {
        let head = ByteSource(source.upTo(bytesMax, at: 0))
        guard let segment = element(segment, in: head), let info = element(info, in: segment),
            let date = element(dateUTC, in: info), date.count == 8,
            let bits = date.bytes(at: 0, count: 8)?.reduce(0 as UInt64, { $0 << 8 | UInt64($1) })
        else { return nil }
        // Nanoseconds since the start of 2001. Zero is a date that was not set.
        let nanoseconds = Int64(bitPattern: bits)
        guard nanoseconds != 0 else { return nil }
        return PictureTime(secondsSince1970: 978_307_200 + Int(nanoseconds / 1_000_000_000))
    }

    /// The content of the first element with an identifier.
    private static func element(_ wanted: Int, in source: ByteSource) -> ByteSource? {
        var offset = 0
        for _ in 0..<elementsMax {
            guard let (identifier, identifierBytes) = number(in: source, at: offset, keepsMarker: true),
                let (stated, sizeBytes) = number(in: source, at: offset + identifierBytes, keepsMarker: false)
            else { return nil }
            let start = offset + identifierBytes + sizeBytes
            // All ones: the size is unknown, as in a stream.
            let isUnknown = stated == 1 << (7 * sizeBytes) - 1
            let content = source.part(start, count: isUnknown ? source.count : stated)
            if identifier == wanted { return content }
            guard !isUnknown, stated <= source.count - min(start, source.count) else { return nil }
            offset = start + stated
        }
        return nil
    }

    /// A number whose first byte states its length by its leading zeros.
    private static func number(in source: ByteSource, at offset: Int, keepsMarker: Bool) -> (value: Int, bytes: Int)? {
        guard let first = source.bytes(at: offset, count: 1)?.first, first > 0 else { return nil }
        let length = first.leadingZeroBitCount + 1
        guard let value = source.number(at: offset, bytes: length) else { return nil }
        return (keepsMarker ? value : value & (1 << (7 * length) - 1), length)
    }
}
