import CVips
package import ImagingWire

/// From a file to what is made of it: look at its first bytes, read its header, decode once, then everything smaller from
/// what is larger.
package enum PictureLane {
    /// Quality and effort of what is encoded. Effort 4, libwebp's own choice, takes 2.5 times the CPU of 2 for files 3 to 5 %
    /// smaller.
    private static let quality: Float = 82
    private static let effort: Int32 = 2
    private static let placeholderQuality: Float = 60
    private static let placeholderEffort: Int32 = 6

    /// Derives a picture. `VipsLibrary.start()` must have been called.
    ///
    /// - Parameters:
    ///   - descriptor: The file, which can be read at any place.
    ///   - limits: Those on pixels and scans are held here.
    /// - Throws: `.problem` where the file is to blame.
    package static func derive(_ descriptor: Int32, limits: PictureLimits) throws(ImagingError) -> DerivedPicture {
        let file = try PictureFile(descriptor, limits: limits)
        let display: VipsPicture
        do throws(VipsError) {
            display = try file.decoded(edge: RenditionEdge.display).asPlainRGB().rendered()
        } catch {
            throw ImagingError.problem(.undecodable(file.format))
        }
        do throws(VipsError) {
            let thumb = try display.reduced(to: RenditionEdge.thumb).rendered()
            let placeholder = try thumb.reduced(to: RenditionEdge.placeholder).rendered()
            return DerivedPicture(
                width: file.uprightWidth, height: file.uprightHeight,
                display: try display.encoded(quality: quality, effort: effort),
                thumb: try thumb.encoded(quality: quality, effort: effort),
                placeholder: try placeholder.encoded(quality: placeholderQuality, effort: placeholderEffort),
                thumbHash: try ThumbHash.of(thumb.reduced(to: ThumbHash.edgeMax).rendered()),
                takenAt: file.takenAt)
        } catch {
            throw ImagingError.failed(error.message)
        }
    }
}
