import CWebP
import Testing
import UploadCore
import UploadDerivation

/// A rendition decoded by libwebp.
struct DecodedWebP {
    let width: Int
    let height: Int
    /// Four bytes a pixel.
    let pixels: [UInt8]

    /// Also expects the size that the rendition states.
    init(_ rendition: Rendition, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var (width, height): (Int32, Int32) = (0, 0)
        let bytes = rendition.bytes
        let start = WebPDecodeRGBA(bytes, bytes.count, &width, &height)
        defer { WebPFree(start) }
        let pixels = try #require(start, "no WebP", sourceLocation: sourceLocation)
        (self.width, self.height) = (Int(width), Int(height))
        self.pixels = Array(UnsafeBufferPointer(start: pixels, count: Int(width * height) * 4))
        #expect(UInt32(width) == rendition.width, sourceLocation: sourceLocation)
        #expect(UInt32(height) == rendition.height, sourceLocation: sourceLocation)
        #expect(rendition.contentType == "image/webp", sourceLocation: sourceLocation)
    }

    /// At a place given in fractions of width and height.
    func colour(_ x: Double, _ y: Double) -> Colour {
        let start = index(x, y)
        return Colour(pixels[start], pixels[start + 1], pixels[start + 2])
    }

    func alpha(_ x: Double, _ y: Double) -> UInt8 {
        pixels[index(x, y) + 3]
    }

    private func index(_ x: Double, _ y: Double) -> Int {
        (min(height - 1, Int(y * Double(height))) * width + min(width - 1, Int(x * Double(width)))) * 4
    }

    /// Expects these colours in the quarters: top left, top right, bottom left, bottom right.
    func expect(
        _ quarters: [Colour], within tolerance: Int = 10, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (place, colour) in zip([(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)], quarters) {
            let found = self.colour(place.0, place.1)
            #expect(found.distance(to: colour) <= tolerance, "\(found), not \(colour)", sourceLocation: sourceLocation)
        }
    }
}

/// The names of the chunks of a WebP (RFC 9649).
func chunkNames(of webP: [UInt8]) -> [String] {
    var (names, offset): ([String], Int) = ([], 12)
    while offset + 8 <= webP.count {
        names.append(String(decoding: webP[offset..<offset + 4], as: UTF8.self))
        let length = webP[offset + 4..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
        offset += 8 + length + length % 2
    }
    return names
}
