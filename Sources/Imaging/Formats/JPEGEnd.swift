/// How a JPEG ends (ITU-T T.81, annex B).
struct JPEGEnd {
    /// Bytes up to the zeros at its end, which a download that was given its space beforehand leaves.
    let countWithoutZeros: Int
    let hasEndMarker: Bool
    let hasTrailingZeros: Bool

    init(_ source: ByteSource) {
        let blockBytes = 64 << 10
        var end = source.count
        while end > 0 {
            let start = max(0, end - blockBytes)
            if let last = source.upTo(end - start, at: start).lastIndex(where: { $0 != 0 }) {
                end = start + last + 1
                break
            }
            end = start
        }
        countWithoutZeros = end
        hasTrailingZeros = end < source.count
        hasEndMarker = source.bytes(at: end - 2, count: 2) == [0xff, 0xd9]
    }

    /// Whether the scans of a progressive JPEG have all bits of all coefficients (G.1). One that ends between two scans
    /// looks whole to decoders.
    static func hasAllScans(_ bytes: [UInt8]) -> Bool {
        // By component, a bit for each coefficient of which the last bit has come.
        var complete: [UInt8: UInt64] = [:]
        var components: [UInt8] = []
        let source = ByteSource(bytes)
        var offset = 2
        while let marker = source.number(at: offset, bytes: 2) {
            guard marker >> 8 == 0xff else {
                offset += 1
                continue
            }
            let code = marker & 0xff
            if code == 0xff || code == 0 || code == 1 || (0xd0...0xd9).contains(code) {
                offset += code == 0xff ? 1 : 2
                continue
            }
            guard let length = source.number(at: offset + 2, bytes: 2),
                let content = source.bytes(at: offset + 4, count: max(0, length - 2))
            else { break }
            if code == 0xc2, content.count >= 6 {
                components = stride(from: 6, to: content.count, by: 3).map { content[$0] }
            }
            if code == 0xda, let count = content.first.map({ Int($0) }), content.count >= 4 + 2 * count {
                let parameters = content[(1 + 2 * count)...].map { Int($0) }
                if parameters[2] & 15 == 0, parameters[0] <= parameters[1], parameters[1] < 64 {
                    let bits = (parameters[0]...parameters[1]).reduce(0 as UInt64) { $0 | 1 << UInt64($1) }
                    for index in 0..<count { complete[content[1 + 2 * index], default: 0] |= bits }
                }
            }
            offset += 2 + length
        }
        return components.allSatisfy { complete[$0] == .max }
    }
}
