import Glibc
import ImagingWire

/// ThumbHash (evanw.github.io/thumbhash): the average colour and the lowest frequencies of a picture in about 20 bytes.
enum ThumbHash {
    /// The longest edge of the hashed picture, in pixels.
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
        // With alpha, lightness has fewer frequencies.
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

/// Packs small numbers, lowest bit first.
private struct BitPacker {
    private(set) var bytes: [UInt8] = []
    private var used = 8

    /// Appends the rounded value, clamped to so many bits.
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

/// The channels of ThumbHash: the picture over its average colour, as lightness and two colour differences.
struct ThumbHashChannels {
    private(set) var lightness: [Double] = []
    private(set) var yellowBlue: [Double] = []
    private(set) var redGreen: [Double] = []
    private(set) var alpha: [Double] = []
    let hasAlpha: Bool

    init(width: Int, height: Int, _ pixel: (Int) -> ThumbHash.Pixel) {
        let count = width * height
        var (red, green, blue, opacity) = (0.0, 0.0, 0.0, 0.0)
        for index in 0..<count {
            let pixel = pixel(index)
            let alpha = Double(pixel.alpha) / 255
            red += alpha / 255 * Double(pixel.red)
            green += alpha / 255 * Double(pixel.green)
            blue += alpha / 255 * Double(pixel.blue)
            opacity += alpha
        }
        if opacity > 0 {
            red /= opacity
            green /= opacity
            blue /= opacity
        }
        hasAlpha = opacity < Double(count)
        for index in 0..<count {
            let pixel = pixel(index)
            let alpha = Double(pixel.alpha) / 255
            let over = (
                red: red * (1 - alpha) + alpha / 255 * Double(pixel.red),
                green: green * (1 - alpha) + alpha / 255 * Double(pixel.green),
                blue: blue * (1 - alpha) + alpha / 255 * Double(pixel.blue)
            )
            lightness.append((over.red + over.green + over.blue) / 3)
            yellowBlue.append((over.red + over.green) / 2 - over.blue)
            redGreen.append(over.red - over.green)
            self.alpha.append(alpha)
        }
    }
}

/// The lowest frequencies of a channel by a cosine transform.
struct ThumbHashFrequencies {
    let average: Double
    /// The other coefficients in the triangle of low frequencies, row by row, scaled to 0...1 with 0.5 as zero.
    let values: [Double]
    /// The largest magnitude before scaling.
    let scale: Double

    init(of channel: [Double], width: Int, height: Int, across: Int, down: Int) {
        var found: [Double] = []
        for row in 0..<down {
            let vertical = Self.wave(row, height)
            var column = 0
            while column * down < across * (down - row) {
                let horizontal = Self.wave(column, width)
                var sum = 0.0
                for y in 0..<height {
                    for x in 0..<width { sum += channel[x + y * width] * horizontal[x] * vertical[y] }
                }
                found.append(sum / Double(width * height))
                column += 1
            }
        }
        let scale = found.dropFirst().reduce(0) { max($0, abs($1)) }
        average = found.first ?? 0
        values = found.dropFirst().map { scale > 0 ? 0.5 + 0.5 / scale * $0 : $0 }
        self.scale = scale
    }

    private static func wave(_ frequency: Int, _ length: Int) -> [Double] {
        (0..<length).map { cos(.pi / Double(length) * Double(frequency) * (Double($0) + 0.5)) }
    }
}
