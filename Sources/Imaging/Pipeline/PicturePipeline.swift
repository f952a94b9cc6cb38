import CVips
package import ImagingWire

/// Derives a picture: detects the format, checks the header, decodes once, and makes each rendition from the next
/// larger one.
package enum PicturePipeline {
    /// libwebp's default effort, 4, takes 2.5 times the CPU of 2 for files 3 to 5 % smaller.
    private static let quality: Float = 82
    private static let effort: Int32 = 2
    private static let placeholderQuality: Float = 60
    private static let placeholderEffort: Int32 = 6

    /// Derives a picture. `VipsLibrary.start()` must have been called.
    ///
    /// - Parameters:
    ///   - descriptor: The file; must be seekable.
    ///   - limits: The limits on pixels and scans are enforced here.
    ///   - fileBytesMax: The largest picture in bytes.
    /// - Throws: `.problem` if the file is the cause, otherwise `.failed`.
    package static func derive(
        _ descriptor: Int32, limits: PictureLimits, fileBytesMax: UInt64 = .max
    ) throws(ImagingError) -> DerivedPicture {
        let file = try PictureFile(descriptor, limits: limits, fileBytesMax: fileBytesMax)
        let (display, notes) = try file.rendered(edge: RenditionEdge.display)
        return try derived(
            of: display, width: file.uprightWidth, height: file.uprightHeight, takenAt: file.takenAt,
            format: file.format, notes: notes)
    }

    /// Makes the smaller renditions of the display rendition, and encodes all.
    static func derived(
        of display: VipsPicture, width: UInt32, height: UInt32, takenAt: PictureTime?, format: PictureFormat,
        notes: [PictureNote]
    ) throws(ImagingError) -> DerivedPicture {
        do throws(VipsError) {
            let thumbEdge = RenditionEdge.thumb(ofWidth: UInt32(display.width), height: UInt32(display.height))
            let thumb = try display.reduced(to: thumbEdge).rendered()
            let placeholder = try thumb.reduced(to: RenditionEdge.placeholder).rendered()
            return DerivedPicture(
                width: width, height: height, display: try display.encoded(quality: quality, effort: effort),
                thumb: try thumb.encoded(quality: quality, effort: effort),
                placeholder: try placeholder.encoded(quality: placeholderQuality, effort: placeholderEffort),
                thumbHash: try ThumbHash.of(thumb.reduced(to: ThumbHash.edgeMax).rendered()),
                takenAt: takenAt, format: format, notes: notes)
        } catch {
            throw ImagingError.failed(error.message)
        }
    }
}

/// Why a picture could not be derived.
package enum ImagingError: Error {
    /// The time of capture, if the file states one all the same.
    case problem(PictureProblem, takenAt: PictureTime? = nil)
    /// A failure not caused by the picture.
    case failed(String)
}
