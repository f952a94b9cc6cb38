import ImagingWire

/// A picture in about 20 bytes (evanw.github.io/thumbhash): its average colour and the lowest frequencies of its lightness,
/// its two colour differences, and its alpha.
enum ThumbHash {
    /// The longest edge that is hashed, in pixels.
    static let edgeMax: UInt32 = 100

    /// The hash of a rendered picture of three or four bands within `edgeMax`.
    static func of(_ picture: VipsPicture) -> [UInt8] {
        let (width, height, bands) = (picture.width, picture.height, picture.bands)
        return picture.withPixels { pixels in
            hash(width: width, height: height) { index in
                let start = index * bands
                return Pixel(
                    red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2],
                    alpha: bands > 3 ? pixels[start + 3] : 255)
            }
        }
    }

    struct Pixel {
        let red: UInt8
        let green: UInt8
        let blue: UInt8
        let alpha: UInt8
    }

    static func hash(width: Int, height: Int, _ pixel: (Int) -> Pixel) -> [UInt8] {
        let channels = ThumbHashChannels(width: width, height: height, pixel)
        // With alpha to encode, lightness gets fewer frequencies.
        let most = channels.hasAlpha ? 5.0 : 7.0
        let longer = Double(max(width, height))
        let across = max(1, Int((most * Double(width) / longer).rounded()))
        let down = max(1, Int((most * Double(height) / longer).rounded()))

        func frequencies(_ channel: [Double], _ across: Int, _ down: Int) -> ThumbHashFrequencies {
            ThumbHashFrequencies(of: channel, width: width, height: height, across: across, down: down)
        }
        let lightness = frequencies(channels.lightness, max(3, across), max(3, down))
        let yellowBlue = frequencies(channels.yellowBlue, 3, 3)
        let redGreen = frequencies(channels.redGreen, 3, 3)
        let alpha = channels.hasAlpha ? frequencies(channels.alpha, 5, 5) : nil

        let isLandscape = width > height
        var bits = BitPacker()
        bits.append(63 * lightness.average, bits: 6)
        bits.append(31.5 + 31.5 * yellowBlue.average, bits: 6)
        bits.append(31.5 + 31.5 * redGreen.average, bits: 6)
        bits.append(31 * lightness.scale, bits: 5)
        bits.append(alpha == nil ? 0 : 1, bits: 1)
        bits.append(Double(isLandscape ? down : across), bits: 3)
        bits.append(63 * yellowBlue.scale, bits: 6)
        bits.append(63 * redGreen.scale, bits: 6)
        bits.append(isLandscape ? 1 : 0, bits: 1)
        if let alpha {
            bits.append(15 * alpha.average, bits: 4)
            bits.append(15 * alpha.scale, bits: 4)
        }
        for part in [lightness, yellowBlue, redGreen] + (alpha.map { [$0] } ?? []) {
            for value in part.values { bits.append(15 * value, bits: 4) }
        }
        return bits.bytes
    }
}

/// Puts small numbers one after the other, the lowest bit first.
private struct BitPacker {
    private(set) var bytes: [UInt8] = []
    private var used = 8

    /// Rounds, and cuts off at what so many bits hold.
    mutating func append(_ value: Double, bits count: Int) {
        var rest = UInt32(max(0, min(value.rounded(), Double(1 << count - 1))))
        for _ in 0..<count {
            if used == 8 {
                bytes.append(0)
                used = 0
            }
            bytes[bytes.count - 1] |= UInt8(rest & 1) << used
            rest >>= 1
            used += 1
        }
    }
}
