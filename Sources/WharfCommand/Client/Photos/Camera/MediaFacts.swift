import ImagingWire
import UploadClient

/// What a picture or a video says about the shot that it is from. Pure but for reading.
struct MediaFacts: Hashable, Sendable {
    /// The identifier that the picture and the video of a Live Photo share.
    var contentIdentifier: String?
    /// The length of a video.
    var milliseconds: Int64?
    /// Whether a picture says that a video follows its last byte: a motion photo.
    var isMotionPhoto = false

    init(contentIdentifier: String? = nil, milliseconds: Int64? = nil, isMotionPhoto: Bool = false) {
        self.contentIdentifier = contentIdentifier
        self.milliseconds = milliseconds
        self.isMotionPhoto = isMotionPhoto
    }

    /// Recognizes JPEG, TIFF with the structure of raw files, HEIC, QuickTime and MP4 by their content. Others, and what is
    /// damaged, say nothing.
    init(_ file: MediaBytes) {
        self.init()
        guard let head = file.bytes(at: 0, 12) else { return }
        if head.starts(with: [0xFF, 0xD8]) {
            read(jpeg: file)
        } else if head.starts(with: Array("II*\0".utf8)) || head.starts(with: Array("MM\0*".utf8)) {
            contentIdentifier = TIFFReader(file, at: 0)?.contentIdentifier
        } else if let heic = HEIFReader(file) {
            contentIdentifier = heic.tiffs.lazy.compactMap(\.contentIdentifier).first
            isMotionPhoto = heic.hasVideo || heic.xmp.contains { MotionPhotoMark.isIn(xmp: $0) }
        } else {
            let movie = QuickTimeReader(file)
            (contentIdentifier, milliseconds) = (movie.contentIdentifier, movie.milliseconds)
        }
    }

    /// Those of a file; none if it cannot be read. Blocks.
    init(of path: LocalPath) {
        self = MediaBytes.reading(path) { MediaFacts($0) } ?? MediaFacts()
    }

    // MARK: - JPEG

    /// Segments read before the picture.
    private static let segmentsMax = 64

    private mutating func read(jpeg file: MediaBytes) {
        var offset: UInt64 = 2
        for _ in 0..<Self.segmentsMax {
            guard let header = file.bytes(at: offset, 4), header[0] == 0xFF, header[1] != 0xDA else { return }
            let length = UInt64(header[2]) << 8 | UInt64(header[3])
            guard length >= 2 else { return }
            if header[1] == 0xE1, let content = file.bytes(at: offset + 4, Int(length) - 2) { read(app1: content) }
            offset += 2 + length
        }
    }

    private mutating func read(app1 content: [UInt8]) {
        if content.starts(with: Array("Exif\0\0".utf8)) {
            contentIdentifier = TIFFReader(MediaBytes(content), at: 6)?.contentIdentifier ?? contentIdentifier
        } else if content.starts(with: Array("http://ns.adobe.com/xap/1.0/\0".utf8)), MotionPhotoMark.isIn(xmp: content)
        {
            isMotionPhoto = true
        }
    }
}
