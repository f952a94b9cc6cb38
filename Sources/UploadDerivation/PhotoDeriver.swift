public import UploadCore

/// Makes the derivatives of photos outside of this process: a photo is untrusted until it has been decoded.
///
/// Requirements: the failure of one photo affects no other; a call returns in bounded time for any bytes; calls beyond
/// the deriver's concurrency wait.
public protocol PhotoDeriver: Sendable {
    func derive(_ photo: PhotoSource) async throws(DerivationFailure) -> PhotoDerivatives
}

/// The bytes of a photo, independent of their storage.
public struct PhotoSource: Sendable {
    public let size: UInt64
    /// The file with exactly these bytes, if there is one. Its provider closes it.
    public let file: (any OpenFile)?
    /// Reads all bytes of a range within `size`.
    public let read: @Sendable (Range<UInt64>) async throws(UploadError) -> [UInt8]

    public init(
        size: UInt64, file: (any OpenFile)?,
        read: @escaping @Sendable (Range<UInt64>) async throws(UploadError) -> [UInt8]
    ) {
        self.size = size
        self.file = file
        self.read = read
    }
}

/// The renditions of a photo. They contain none of its metadata.
public struct PhotoDerivatives: Hashable, Sendable {
    /// Pixels of the original after its orientation was applied.
    public let width: UInt32
    public let height: UInt32
    public let display: Rendition
    public let thumb: Rendition
    public let placeholder: Rendition
    /// A ThumbHash (evanw.github.io/thumbhash), 5 to 25 bytes.
    public let thumbHash: [UInt8]
    /// The time of capture, from the photo's metadata.
    public let takenAt: CaptureTime?
    /// The media types of the photo by its bytes, the proper one first. Empty if they are unknown.
    public let mediaTypes: [String]
    public let note: DerivationNote?

    public init(
        width: UInt32, height: UInt32, display: Rendition, thumb: Rendition, placeholder: Rendition,
        thumbHash: [UInt8], takenAt: CaptureTime?, mediaTypes: [String] = [], note: DerivationNote? = nil
    ) {
        self.width = width
        self.height = height
        self.display = display
        self.thumb = thumb
        self.placeholder = placeholder
        self.thumbHash = thumbHash
        self.takenAt = takenAt
        self.mediaTypes = mediaTypes
        self.note = note
    }
}

/// One encoded picture.
public struct Rendition: Hashable, Sendable {
    public let bytes: [UInt8]
    public let contentType: String
    public let width: UInt32
    public let height: UInt32

    public init(bytes: [UInt8], contentType: String, width: UInt32, height: UInt32) {
        self.bytes = bytes
        self.contentType = contentType
        self.width = width
        self.height = height
    }
}

/// The failure to derive a photo.
public struct DerivationFailure: Error, Hashable, Sendable {
    public enum Cause: Hashable, Sendable {
        /// The file is not a decodable picture, or exceeds a limit, that of CPU time included: permanent.
        case file
        /// The stored bytes are damaged: permanent for this upload, but not for others of the same bytes.
        case damaged
        /// The worker died, or exceeded its elapsed time or memory.
        case worker
        /// No attempt was made: no worker is available, or the bytes could not be read.
        case unavailable
    }

    public let cause: Cause
    /// One sentence for people, without the file's name.
    public let reason: String
    /// The time of capture of a file without a picture, such as a video.
    public let takenAt: CaptureTime?
    /// The media types of the file by its bytes, the proper one first. Empty if they are unknown.
    public let mediaTypes: [String]

    public init(_ cause: Cause, _ reason: String, takenAt: CaptureTime? = nil, mediaTypes: [String] = []) {
        self.cause = cause
        self.reason = reason
        self.takenAt = takenAt
        self.mediaTypes = mediaTypes
    }

    /// A failure to read the original: permanent if the stored bytes are damaged, temporary otherwise.
    public init(reading error: UploadError) {
        let isDamaged = error.code == .storeCorrupt
        self.init(
            isDamaged ? .damaged : .unavailable,
            isDamaged ? "the stored original is damaged" : "the original cannot be read at the moment")
    }
}
