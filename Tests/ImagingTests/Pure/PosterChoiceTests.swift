import Testing

@testable import Imaging

@Suite struct PosterChoiceTests {
    private func frame(_ pixels: (Int) -> UInt8) -> VideoFrame {
        VideoFrame(
            width: 32, height: 24,
            samples: .eightBits((0..<32 * 24).flatMap { [UInt8](repeating: pixels($0), count: 3) }),
            primaries: 1, transfer: 1)
    }

    @Test func `frames that are black or of one colour show nothing`() {
        #expect(!FrameContent(frame { _ in 0 }).isRepresentative)
        #expect(!FrameContent(frame { UInt8($0 % 30) }).isRepresentative)
        #expect(!FrameContent(frame { _ in 255 }).isRepresentative)
        #expect(!FrameContent(frame { UInt8(120 + $0 % 8) }).isRepresentative)
        #expect(FrameContent(frame { $0 < 384 ? 40 : 90 }).isRepresentative)
        let content = FrameContent(frame { $0 < 384 ? 40 : 90 })
        #expect(abs(content.brightness - 65) < 0.01 && abs(content.contrast - 25) < 0.01)
    }

    @Test func `sixteen bits count as eight`() {
        let samples = (0..<32 * 24).flatMap { [UInt16](repeating: $0 < 384 ? 40 * 257 : 90 * 257, count: 3) }
        let deep = VideoFrame(width: 32, height: 24, samples: .sixteenBits(samples), primaries: 1, transfer: 1)
        #expect(abs(FrameContent(deep).contrast - 25) < 0.01)
        #expect(deep.screenPixels.first == 40 && !deep.isToneMapped)
    }

    @Test(arguments: [Int64.min, -1, 0, 1 << 50 + 1, .max])
    func `of an impossible duration the start is looked at`(duration: Int64) {
        #expect(PosterChoice.times(ofDuration: duration) == [0])
    }

    @Test func `key frames are looked for in the first tenth`() {
        #expect(PosterChoice.times(ofDuration: 40_000_000) == [0, 1_000_000, 2_000_000, 4_000_000])
    }

    @Test func `a skewed matrix is taken for the nearest, and a missing one for none`() {
        #expect(DisplayMatrix.orientation([]) == 1)
        #expect(DisplayMatrix.orientation([60_000, 5000, 0, -5000, 60_000, 0, 0, 0, 0]) == 1)
        #expect(DisplayMatrix.orientation([100, .min, 0, .max, 0, 0, 0, 0, 0]) == 8)
        #expect((1...8).map(DisplayMatrix.isTurned) == [false, false, false, false, true, true, true, true])
    }
}
