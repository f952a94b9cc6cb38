import ImagingWire

/// Converts pixels whose colours are stated by code points (ITU-T H.273) to sRGB, which libvips 8.14 takes them for.
///
/// A dynamic range beyond that of ordinary screens (PQ and HLG, ITU-R BT.2100) is mapped to theirs: 203 cd/m² become white
/// (BT.2408, 2.3) less what the brighter parts need.
struct ScreenColours {
    private let curve: Curve
    private let matrix: [Float]?

    private enum Curve {
        case sRGB
        case gamma(Float)
        case linear
        case perceptualQuantiser
        case hybridLogGamma
    }

    /// nil if the colours are those of sRGB, or unknown.
    init?(_ colour: HEIFStructure.Colour) {
        switch colour.transfer {
        case 4: curve = .gamma(2.2)
        case 5: curve = .gamma(2.8)
        case 8: curve = .linear
        case 16: curve = .perceptualQuantiser
        case 18: curve = .hybridLogGamma
        // The curves of video (1, 6, 14, 15) are shown as sRGB is.
        default: curve = .sRGB
        }
        switch colour.primaries {
        // BT.2020 and P3 to BT.709, all with the white D65.
        case 9:
            matrix = [1.6605, -0.5876, -0.0728, -0.1246, 1.1329, -0.0083, -0.0182, -0.1006, 1.1187]
        case 11, 12:
            matrix = [1.2249, -0.2249, 0, -0.0420, 1.0420, 0, -0.0196, -0.0786, 1.0983]
        default: matrix = nil
        }
        if case .sRGB = curve, matrix == nil { return nil }
    }

    var isToneMapped: Bool {
        switch curve {
        case .perceptualQuantiser, .hybridLogGamma: true
        case .sRGB, .gamma, .linear: false
        }
    }

    /// Converts rows of pixels.
    ///
    /// - Parameters:
    ///   - samples: Bands are interleaved: red, green, blue, and alpha, if there is one.
    ///   - maximum: The sample of full intensity.
    /// - Returns: The same with eight bits a sample.
    func converted<Sample: FixedWidthInteger>(
        _ samples: UnsafeBufferPointer<Sample>, bands: Int, maximum: Sample
    ) -> [UInt8] {
        let light = (0...Int(maximum)).map { linear(Float($0) / Float(maximum)) }
        let codes = Self.codes
        var result = [UInt8](repeating: 255, count: samples.count)
        for start in stride(from: 0, to: samples.count - bands + 1, by: bands) {
            var colour = SIMD3<Float>(
                light[Int(min(samples[start], maximum))], light[Int(min(samples[start + 1], maximum))],
                light[Int(min(samples[start + 2], maximum))])
            if case .hybridLogGamma = curve { colour = Self.displayed(colour) }
            if let matrix {
                colour = SIMD3(
                    matrix[0] * colour.x + matrix[1] * colour.y + matrix[2] * colour.z,
                    matrix[3] * colour.x + matrix[4] * colour.y + matrix[5] * colour.z,
                    matrix[6] * colour.x + matrix[7] * colour.y + matrix[8] * colour.z)
            }
            colour = pointwiseMax(colour, SIMD3(repeating: 0))
            if isToneMapped {
                let peak = colour.max()
                if peak > 0 { colour *= Self.toneMapped(peak) / peak }
            }
            for band in 0..<3 {
                let index = Int((min(colour[band], 1)).squareRoot() * Float(codes.count - 1) + 0.5)
                result[start + band] = codes[index]
            }
            if bands == 4 {
                result[start + 3] = UInt8(Int(min(samples[start + 3], maximum)) * 255 / Int(maximum))
            }
        }
        return result
    }

    // MARK: - Curves

    /// The light of a code value; 1 is the white of an ordinary screen, in HLG the peak of the scene.
    private func linear(_ value: Float) -> Float {
        switch curve {
        case .sRGB: value <= 0.04045 ? value / 12.92 : Maths.power((value + 0.055) / 1.055, 2.4)
        case .gamma(let exponent): Maths.power(value, exponent)
        case .linear: value
        case .perceptualQuantiser: Self.quantiserLight(value) * 10_000 / 203
        case .hybridLogGamma:
            value <= 0.5 ? value * value / 3 : (Maths.exponential((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
        }
    }

    /// BT.2100, table 4, as a share of 10,000 cd/m².
    private static func quantiserLight(_ value: Float) -> Float {
        let root = Maths.power(value, 1 / 78.84375)
        return Maths.power(max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root), 1 / 0.1593017578125)
    }

    /// BT.2100, table 5: the light of a screen of 1000 cd/m², 1 being 203 cd/m².
    private static func displayed(_ scene: SIMD3<Float>) -> SIMD3<Float> {
        let luminance = 0.2627 * scene.x + 0.6780 * scene.y + 0.0593 * scene.z
        return scene * (luminance > 0 ? Maths.power(luminance, 0.2) * 1000 / 203 : 0)
    }

    /// Light below the knee stays; what is above approaches white.
    private static func toneMapped(_ light: Float) -> Float {
        let knee: Float = 0.6
        return light <= knee ? light : knee + (1 - knee) * (1 - Maths.exponential(-(light - knee) / (1 - knee)))
    }

    /// sRGB by the square root of light, which spends the entries on the dark.
    private static let codes: [UInt8] = (0...4095).map { index in
        let light = Float(index * index) / Float(4095 * 4095)
        let value = light <= 0.0031308 ? light * 12.92 : 1.055 * Maths.power(light, 1 / 2.4) - 0.055
        return UInt8(min(max(value * 255 + 0.5, 0), 255))
    }
}
