/// Decodes the composite picture of a Photoshop file (Adobe, Photoshop File Format Specification): grey, RGB and CMYK with
/// 8 or 16 bits, plain or in PackBits. Layers are not read; without “maximise compatibility” a file has no composite.
struct PhotoshopDecoder {
    let width: Int
    let height: Int
    /// 1, 3 or 4 colours, and alpha in grey and RGB.
    let bands: Int
    let isCMYK: Bool
    private(set) var profile: [UInt8]?
    private(set) var times = CaptureTimes()
    private let source: ByteSource
    private let depth: Int
    private let channels: Int
    private let rowLengthBytes: Int
    private var dataPlace = 0

    init(_ source: ByteSource) throws(DecoderFailure) {
        self.source = source
        func number(_ offset: Int, _ bytes: Int) throws(DecoderFailure) -> Int {
            guard let value = source.number(at: offset, bytes: bytes) else { throw DecoderFailure(isIncomplete: true) }
            return value
        }
        let version = try number(4, 2)
        channels = try number(12, 2)
        height = try number(14, 4)
        width = try number(18, 4)
        depth = try number(22, 2)
        let mode = try number(24, 2)
        let colours = [1: 1, 3: 3, 4: 4][mode] ?? 0
        guard version == 1 || version == 2, colours > 0, (colours...56).contains(channels), depth == 8 || depth == 16,
            (1...300_000).contains(width), (1...300_000).contains(height)
        else { throw DecoderFailure(isIncomplete: false) }
        rowLengthBytes = version == 1 ? 2 : 4
        isCMYK = mode == 4
        bands = isCMYK ? 4 : min(channels, colours + 1)

        // Colour table, resources, layers; each with its length.
        var place = 26 + 4 + (try number(26, 4))
        let resources = try number(place, 4)
        read(resources: source.part(place + 4, count: resources))
        place += 4 + resources
        let layerLengthBytes = version == 1 ? 4 : 8
        place += layerLengthBytes + (try number(place, layerLengthBytes))
        guard place < source.count else { throw DecoderFailure(isIncomplete: true) }
        dataPlace = place
    }

    /// `8BIM`, an id, a name of even length, a length and so many bytes, padded.
    private mutating func read(resources: ByteSource) {
        var place = 0
        for _ in 0..<1000 {
            guard resources.text(at: place, count: 4) == "8BIM", let id = resources.number(at: place + 4, bytes: 2),
                let name = resources.number(at: place + 6, bytes: 1)
            else { return }
            let start = place + 6 + (name + 2) / 2 * 2
            guard let length = resources.number(at: start, bytes: 4), length <= 64 << 20,
                let content = resources.bytes(at: start + 4, count: length)
            else { return }
            switch id {
            case 1039: profile = content
            case 1028: times.iptc.append(content)
            case 1058: CaptureTimes.tiff(inExif: content).map { times.exif.append($0) }
            case 1060: times.xmp.append(content)
            default: break
            }
            place = start + 4 + (length + 1) / 2 * 2
        }
    }

    /// The pixels, interleaved; ink is inverted, as JPEGs have it not. Those that the file does not have are zeros.
    ///
    /// - Parameter pixels: `width * height * bands` zeros.
    /// - Returns: Whether the file has all of them; nil for a compression that is not supported.
    func decode(into pixels: UnsafeMutableBufferPointer<UInt8>) -> Bool? {
        let compression = source.number(at: dataPlace, bytes: 2) ?? 0
        let sampleBytes = depth / 8
        let rowBytes = width * sampleBytes
        var place = dataPlace + 2
        let lengths = place
        switch compression {
        case 0: break
        case 1: place += channels * height * rowLengthBytes
        default: return nil
        }
        for channel in 0..<bands {
            for row in 0..<height {
                let bytes: [UInt8]?
                if compression == 0 {
                    bytes = source.bytes(at: place, count: rowBytes)
                    place += rowBytes
                } else {
                    let entry = lengths + (channel * height + row) * rowLengthBytes
                    guard let length = source.number(at: entry, bytes: rowLengthBytes) else { return false }
                    bytes = source.bytes(at: place, count: length).map { Self.unpacked($0, count: rowBytes) }
                    place += length
                }
                guard let bytes, bytes.count == rowBytes else { return false }
                let start = row * width * bands + channel
                for column in 0..<width {
                    let sample = bytes[column * sampleBytes]
                    pixels[start + column * bands] = isCMYK ? 255 - sample : sample
                }
            }
        }
        return true
    }

    /// PackBits (TIFF 6.0, section 9).
    static func unpacked(_ packed: [UInt8], count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var place = 0
        while place < packed.count, bytes.count < count {
            let head = Int(Int8(bitPattern: packed[place]))
            place += 1
            if head >= 0 {
                bytes += packed[place..<min(packed.count, place + head + 1)].prefix(count - bytes.count)
                place += head + 1
            } else if head > -128, place < packed.count {
                bytes += repeatElement(packed[place], count: min(1 - head, count - bytes.count))
                place += 1
            }
        }
        return bytes
    }
}
