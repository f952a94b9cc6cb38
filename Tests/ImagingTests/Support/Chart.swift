import CVips

@testable import Imaging

/// A picture of four colours, one per quarter, which shows its orientation and whether its colours are right.
enum Chart {
    static let (red, green, blue, sand) = (
        Colour(200, 60, 50), Colour(70, 160, 80), Colour(60, 80, 180), Colour(220, 190, 120)
    )

    /// The chart in 8-bit sRGB.
    ///
    /// - Parameter alpha: Of the right half; the left one is opaque. Without it there is no alpha at all.
    static func picture(width: Int = 400, height: Int = 300, alpha: UInt8? = nil) throws -> VipsPicture {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let isRight = x >= width / 2
                let colour = y < height / 2 ? (isRight ? green : red) : (isRight ? sand : blue)
                pixels += [colour.red, colour.green, colour.blue]
                if let alpha { pixels.append(isRight ? alpha : 255) }
            }
        }
        return try picture(of: pixels, width: width, height: height, bands: alpha == nil ? 3 : 4)
    }

    static func picture(of pixels: [UInt8], width: Int, height: Int, bands: Int) throws -> VipsPicture {
        _ = isStarted
        let image = vips_image_new_from_memory_copy(
            pixels, pixels.count, Int32(width), Int32(height), Int32(bands), VIPS_FORMAT_UCHAR)
        guard let image else { throw VipsError.last() }
        return try VipsCall(
            "copy",
            [("in", .picture(VipsPicture(object: OwnedObject(owning: image)))), ("interpretation", .text("srgb"))]
        ).output()
    }

    /// libvips is started once for all tests.
    static let isStarted = VipsLibrary.start()
}

struct Colour: Hashable, CustomStringConvertible {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    var description: String { "(\(red), \(green), \(blue))" }

    /// The largest difference of a component.
    func distance(to other: Colour) -> Int {
        max(
            abs(Int(red) - Int(other.red)), abs(Int(green) - Int(other.green)), abs(Int(blue) - Int(other.blue)))
    }
}
