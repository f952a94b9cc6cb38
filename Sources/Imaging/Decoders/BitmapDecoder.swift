/// Decodes BMPs (Microsoft, BITMAPFILEHEADER and BITMAPINFOHEADER): 1, 2, 4, 8, 16, 24 and 32 bits a pixel, with masks or
/// a palette, and run lengths of 4 and 8 bits. Debian's libvips reads them through ImageMagick only, which is not used.
struct BitmapDecoder {
    let width: Int
    let height: Int
    let hasAlpha: Bool
    private let source: ByteSource
    private let isTopDown: Bool
    private let bits: Int
    private let compression: Int
    private let pixelPlace: Int
    private var palette: [(red: UInt8, green: UInt8, blue: UInt8)] = []
    private var masks: [UInt32] = []

    init(_ source: ByteSource) throws(DecoderFailure) {
        self.source = source
        func number(_ offset: Int, _ bytes: Int) throws(DecoderFailure) -> Int {
            guard let value = source.number(at: offset, bytes: bytes, isLittleEndian: true) else {
                throw DecoderFailure(isIncomplete: true)
            }
            return value
        }
        pixelPlace = try number(10, 4)
        let headBytes = try number(14, 4)
        let isOld = headBytes == 12
        width = isOld ? try number(18, 2) : try number(18, 4)
        let rows = isOld ? try number(20, 2) : Int(Int32(truncatingIfNeeded: try number(22, 4)))
        (isTopDown, height) = (rows < 0, abs(rows))
        bits = try number(isOld ? 24 : 28, 2)
        compression = isOld ? 0 : try number(30, 4)
        let isSupported: Bool =
            switch (compression, bits) {
            case (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (0, 24), (0, 32), (1, 8), (2, 4), (3, 16), (3, 32), (6, 32):
                true
            default: false
            }
        guard isSupported, (1...65_535).contains(width), (1...65_535).contains(height),
            !isTopDown || ![1, 2].contains(compression)
        else { throw DecoderFailure(isIncomplete: false) }

        var masks: [UInt32] = bits == 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0]
        if compression == 3 || compression == 6 {
            for index in 0..<(compression == 6 || headBytes >= 56 ? 4 : 3) {
                masks[index] = UInt32(truncatingIfNeeded: try number(54 + index * 4, 4))
            }
        }
        self.masks = masks
        hasAlpha = bits == 32 && masks[3] != 0
        guard bits <= 8 else { return }
        let stated = isOld ? 0 : try number(46, 4)
        let count = min(stated == 0 ? 1 << bits : stated, 256)
        let entryBytes = isOld ? 3 : 4
        let table = source.upTo(count * entryBytes, at: 14 + headBytes)
        palette = (0..<table.count / entryBytes).map { index in
            let entry = table[(index * entryBytes)...]
            return (entry[entry.startIndex + 2], entry[entry.startIndex + 1], entry[entry.startIndex])
        }
    }

    var bands: Int { hasAlpha ? 4 : 3 }

    /// The pixels, the top row first. Those that the file does not have are black.
    ///
    /// - Parameter pixels: `width * height * bands` zeros.
    /// - Returns: Whether the file has all of them.
    func decode(into pixels: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        guard compression != 1, compression != 2 else { return decodeRuns(into: pixels) }
        let rowBytes = (width * bits + 31) / 32 * 4
        for row in 0..<height {
            guard let bytes = source.bytes(at: pixelPlace + row * rowBytes, count: rowBytes) else { return false }
            let start = (isTopDown ? row : height - 1 - row) * width * bands
            for column in 0..<width { put(pixel(column, of: bytes), at: start + column * bands, pixels) }
        }
        return true
    }

    private func put(_ pixel: (UInt8, UInt8, UInt8, UInt8), at place: Int, _ pixels: UnsafeMutableBufferPointer<UInt8>)
    {
        pixels[place] = pixel.0
        pixels[place + 1] = pixel.1
        pixels[place + 2] = pixel.2
        if hasAlpha { pixels[place + 3] = pixel.3 }
    }

    private func pixel(_ column: Int, of row: [UInt8]) -> (UInt8, UInt8, UInt8, UInt8) {
        switch bits {
        case 24: return (row[column * 3 + 2], row[column * 3 + 1], row[column * 3], 255)
        case 16, 32:
            let place = column * bits / 8
            var value = UInt32(row[place]) | UInt32(row[place + 1]) << 8
            if bits == 32 { value |= UInt32(row[place + 2]) << 16 | UInt32(row[place + 3]) << 24 }
            return (
                Self.part(of: value, masks[0]), Self.part(of: value, masks[1]), Self.part(of: value, masks[2]),
                Self.part(of: value, masks[3])
            )
        default:
            let perByte = 8 / bits
            let shift = (perByte - 1 - column % perByte) * bits
            return colour(Int(row[column / perByte]) >> shift & (1 << bits - 1))
        }
    }

    private func colour(_ index: Int) -> (UInt8, UInt8, UInt8, UInt8) {
        guard index < palette.count else { return (0, 0, 0, 255) }
        let entry = palette[index]
        return (entry.red, entry.green, entry.blue, 255)
    }

    /// The bits of a mask, as 0 to 255.
    private static func part(of value: UInt32, _ mask: UInt32) -> UInt8 {
        guard mask != 0 else { return 0 }
        let most = UInt64(mask >> UInt32(mask.trailingZeroBitCount))
        let part = UInt64((value & mask) >> UInt32(mask.trailingZeroBitCount))
        return UInt8((part * 255 + most / 2) / most)
    }

    /// Run lengths: a count and an index; or 0 and 0 for the end of the row, 1 for the end, 2 for a move, or a count of
    /// indices that follow.
    private func decodeRuns(into pixels: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        let bytes = source.upTo(source.count - min(source.count, pixelPlace), at: pixelPlace)
        var (place, column, row) = (0, 0, 0)
        func put(_ index: Int) {
            guard row < height, column < width else { return }
            self.put(colour(index), at: ((height - 1 - row) * width + column) * bands, pixels)
            column += 1
        }
        while place + 1 < bytes.count, row < height {
            let (count, value) = (Int(bytes[place]), Int(bytes[place + 1]))
            place += 2
            switch (count, value) {
            case (0, 0): (column, row) = (0, row + 1)
            case (0, 1): return true
            case (0, 2):
                guard place + 1 < bytes.count else { return false }
                column += Int(bytes[place])
                row += Int(bytes[place + 1])
                place += 2
            case (0, _):
                let length = bits == 8 ? value : (value + 1) / 2
                guard place + length <= bytes.count else { return false }
                for number in 0..<value { put(index(at: number, in: bytes[place..<place + length])) }
                place += length + length % 2
            default:
                for index in 0..<count {
                    put(bits == 8 ? value : index % 2 == 0 ? value >> 4 : value & 15)
                }
            }
        }
        return row >= height
    }

    private func index(at number: Int, in bytes: ArraySlice<UInt8>) -> Int {
        guard bits == 4 else { return Int(bytes[bytes.startIndex + number]) }
        let byte = Int(bytes[bytes.startIndex + number / 2])
        return number % 2 == 0 ? byte >> 4 : byte & 15
    }
}
