package import ImagingWire

/// A frame of a video as its decoder leaves it: rows of red, green and blue without padding, before it is turned.
package struct VideoFrame {
    package enum Samples {
        case eightBits([UInt8])
        case sixteenBits([UInt16])

        fileprivate var count: Int {
            switch self {
            case .eightBits(let samples): samples.count
            case .sixteenBits(let samples): samples.count
            }
        }
    }

    package let width: Int
    package let height: Int
    package let samples: Samples
    /// Code points of ITU-T H.273.
    private let primaries: Int
    private let transfer: Int

    /// - Precondition: There are three samples for each pixel.
    package init(width: Int, height: Int, samples: Samples, primaries: Int, transfer: Int) {
        precondition(samples.count == width * height * 3)
        self.width = width
        self.height = height
        self.samples = samples
        self.primaries = primaries
        self.transfer = transfer
    }

    /// nil if its colours are shown as they are.
    private var screenColours: ScreenColours? {
        ScreenColours(HEIFStructure.Colour(primaries: primaries, transfer: transfer, isFullRange: true))
    }

    var isToneMapped: Bool { screenColours?.isToneMapped == true }

    /// Whether the colours of a transfer function need more than eight bits (PQ, HLG).
    package static func isDeep(transfer: Int) -> Bool {
        ScreenColours(HEIFStructure.Colour(primaries: 1, transfer: transfer, isFullRange: true))?.isToneMapped == true
    }

    /// In sRGB, eight bits a sample.
    var screenPixels: [UInt8] {
        switch samples {
        case .eightBits(let samples):
            guard let colours = screenColours else { return samples }
            return samples.withUnsafeBufferPointer { colours.converted($0, bands: 3, maximum: UInt8.max) }
        case .sixteenBits(let samples):
            guard let colours = screenColours else { return samples.map { UInt8($0 >> 8) } }
            return samples.withUnsafeBufferPointer { colours.converted($0, bands: 3, maximum: UInt16.max) }
        }
    }
}

extension PicturePipeline {
    /// Derives the poster of a video.
    ///
    /// - Parameters:
    ///   - frame: Of at most the size of the display rendition, which it then has.
    ///   - orientation: As in Exif.
    ///   - width: Of the video in pixels, once its orientation is applied.
    ///   - isIncomplete: Whether the frame is damaged.
    /// - Throws: `.failed`.
    package static func derive(
        _ frame: VideoFrame, of video: VideoFile, orientation: Int, width: UInt32, height: UInt32, isIncomplete: Bool
    ) throws(ImagingError) -> DerivedPicture {
        let display: VipsPicture
        do throws(VipsError) {
            display = try VipsPicture(
                copying: frame.screenPixels, width: frame.width, height: frame.height, bands: 3, space: "srgb"
            ).with("orientation", orientation).reduced(to: RenditionEdge.display).asPlainRGB().rendered()
        } catch {
            throw ImagingError.failed(error.message)
        }
        let notes: [PictureNote] = (isIncomplete ? [.incomplete] : []) + (frame.isToneMapped ? [.toneMapped] : [])
        return try derived(
            of: display, width: width, height: height, takenAt: video.takenAt, format: video.format, notes: notes)
    }
}
