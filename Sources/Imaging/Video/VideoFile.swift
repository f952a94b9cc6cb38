package import ImagingWire

/// What is read of a video without its decoder.
package struct VideoFile {
    package let format: PictureFormat
    /// The time of capture. That of the header of an MP4, and of Matroska, is in UTC by definition; cameras without a zone
    /// write local time there.
    package let takenAt: PictureTime?
    /// Whether a box of an MP4 reaches past the end of the file.
    package let isCutOff: Bool

    /// - Throws: `.problem(.unknownFormat)` if it is no video; `.failed` if it cannot be read.
    package init(_ descriptor: Int32) throws(ImagingError) {
        guard let source = ByteSource(file: descriptor) else { throw ImagingError.failed("the file cannot be read") }
        guard case .picture(let format) = SniffedKind(source.upTo(SniffedKind.bytes, at: 0)), format.isVideo else {
            throw ImagingError.problem(.unknownFormat)
        }
        self = VideoFile(format, source)
    }

    init(_ format: PictureFormat, _ source: ByteSource) {
        self.format = format
        switch format {
        case .quickTime, .mp4:
            let movie = MovieStructure(source)
            takenAt = movie.takenAt
            isCutOff = movie.isCutOff
        case .matroska, .webM:
            (takenAt, isCutOff) = (MatroskaTime.takenAt(source), false)
        case .avi:
            (takenAt, isCutOff) = (Self.dateOfAVI(source), false)
        default:
            (takenAt, isCutOff) = (nil, false)
        }
    }

    /// The chunk `IDIT` in the header, which cameras write: `WED MAY 01 12:30:45 2024`, or as in Exif.
    private static func dateOfAVI(_ source: ByteSource) -> PictureTime? {
        let head = source.upTo(1 << 16, at: 0)
        guard let start = head.firstRange(of: Array("IDIT".utf8))?.upperBound,
            let count = ByteSource(head).number(at: start, bytes: 4, isLittleEndian: true), count <= 64
        else { return nil }
        return TimeText.time(Array(head.dropFirst(start + 4).prefix(count).filter { $0 > 0 }))
    }
}
