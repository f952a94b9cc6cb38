/// Which frame of a video is its poster: the first that shows something.
package enum PosterChoice {
    /// Where key frames are looked at, in shares of the duration. A film may begin with black, or with a title that fades in.
    private static let shares = [0, 0.025, 0.05, 0.1]
    /// A duration that is stated may be anything.
    private static let microsecondsMax: Int64 = 1 << 50

    /// The times, in microseconds. Of an unknown duration there is the start alone.
    package static func times(ofDuration microseconds: Int64) -> [Int64] {
        guard (1...microsecondsMax).contains(microseconds) else { return [0] }
        return shares.map { Int64(Double(microseconds) * $0) }
    }

    /// Among the frames after a key frame every eighth is looked at.
    package static let stride: UInt32 = 8
}

/// How much a frame shows.
package struct FrameContent: Hashable {
    /// 0 is black, 255 white.
    package let brightness: Double
    /// The standard deviation of the brightness. Of a frame of one colour it is 0.
    package let contrast: Double

    private static let brightnessMin = 16.0
    private static let contrastMin = 6.0
    /// Pixels that are looked at in each direction.
    private static let steps = 64

    package init(_ frame: VideoFrame) {
        var (sum, squares, count) = (0.0, 0.0, 0.0)
        for row in 0..<min(Self.steps, frame.height) {
            for column in 0..<min(Self.steps, frame.width) {
                let (x, y) = (
                    column * frame.width / min(Self.steps, frame.width),
                    row * frame.height / min(Self.steps, frame.height)
                )
                let value = frame.brightness(at: (y * frame.width + x) * 3)
                (sum, squares, count) = (sum + value, squares + value * value, count + 1)
            }
        }
        brightness = count > 0 ? sum / count : 0
        contrast = count > 0 ? max(0, squares / count - brightness * brightness).squareRoot() : 0
    }

    /// Neither black nor of one colour.
    package var isRepresentative: Bool { brightness >= Self.brightnessMin && contrast >= Self.contrastMin }
}

extension VideoFrame {
    /// BT.709, from 0 to 255, of the pixel whose first sample is at an index.
    fileprivate func brightness(at index: Int) -> Double {
        let colour: SIMD3<Double> =
            switch samples {
            case .eightBits(let samples):
                SIMD3(Double(samples[index]), Double(samples[index + 1]), Double(samples[index + 2]))
            case .sixteenBits(let samples):
                SIMD3(Double(samples[index]), Double(samples[index + 1]), Double(samples[index + 2])) / 257
            }
        return 0.2126 * colour.x + 0.7152 * colour.y + 0.0722 * colour.z
    }
}

/// How a video's display matrix turns its frames (ISO 14496-12, 6.2.2).
package enum DisplayMatrix {
    /// The Exif orientation with the same rotation and reflection. Any other matrix is rounded to the nearest of the eight.
    ///
    /// - Parameter matrix: Nine numbers, row by row: (x, y) is shown at (ax + cy, bx + dy).
    package static func orientation(_ matrix: [Int32]) -> Int {
        guard matrix.count == 9 else { return 1 }
        let (a, b, c, d) = (Int64(matrix[0]), Int64(matrix[1]), Int64(matrix[3]), Int64(matrix[4]))
        if abs(a) + abs(d) >= abs(b) + abs(c) {
            return switch (a < 0, d < 0) {
            case (false, false): 1
            case (true, false): 2
            case (true, true): 3
            case (false, true): 4
            }
        }
        return switch (b < 0, c < 0) {
        case (false, false): 5
        case (false, true): 6
        case (true, true): 7
        case (true, false): 8
        }
    }

    /// Whether an orientation exchanges width and height.
    package static func isTurned(_ orientation: Int) -> Bool { orientation >= 5 }
}
