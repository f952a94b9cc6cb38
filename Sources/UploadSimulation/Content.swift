import UploadCore

/// The intended bytes of an upload, as a function of its seed: no two uploads share any, and none have to be kept.
struct Content: Hashable, Sendable {
    let seed: UInt64
    let length: UInt64

    func bytes(_ range: Range<UInt64>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: range.count) { bytes, count in
            var (offset, word) = (range.lowerBound, Self.mix(seed &+ range.lowerBound / 8))
            while offset < range.upperBound {
                if offset % 8 == 0 { word = Self.mix(seed &+ offset / 8) }
                bytes[count] = UInt8(truncatingIfNeeded: word >> (offset % 8 * 8))
                (offset, count) = (offset + 1, count + 1)
            }
        }
    }

    var all: [UInt8] { bytes(0..<length) }
    var digest: Digest { Digest(of: all) }

    /// SplitMix64's finalizer.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
