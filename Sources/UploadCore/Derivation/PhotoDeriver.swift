/// Makes the derivatives of photos, out of this process: a photo is hostile until it has been decoded.
///
/// Laws: one photo's failure is that photo's alone; a call ends in bounded time whatever the bytes are; calls beyond what
/// the deriver can do at once wait for each other.
public protocol PhotoDeriver: Sendable {
    func derive(_ photo: PhotoSource) async throws(DerivationFailure) -> PhotoDerivatives
}

/// The bytes of a photo, wherever they live.
public struct PhotoSource: Sendable {
    public let size: UInt64
    /// The file that has exactly these bytes, where one has. It stays its lender's.
    public let file: (any OpenFile)?
    /// The bytes of a range within `size`, in full.
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

/// What a photo became. Nothing of its metadata is in the renditions.
public struct PhotoDerivatives: Hashable, Sendable {
    /// Of the original as it is to be seen: after its orientation was applied, in pixels.
    public let width: UInt32
    public let height: UInt32
    public let display: Rendition
    public let thumb: Rendition
    public let placeholder: Rendition
    /// A ThumbHash (evanw.github.io/thumbhash), 5 to 25 bytes.
    public let thumbHash: [UInt8]
    /// When the camera says that it was taken, as local time without a zone: `2024:05:01 12:30:00` in Exif.
    public let takenAt: String?

    public init(
        width: UInt32, height: UInt32, display: Rendition, thumb: Rendition, placeholder: Rendition,
        thumbHash: [UInt8], takenAt: String?
    ) {
        self.width = width
        self.height = height
        self.display = display
        self.thumb = thumb
        self.placeholder = placeholder
        self.thumbHash = thumbHash
        self.takenAt = takenAt
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

/// Why there are no derivatives.
public struct DerivationFailure: Error, Hashable, Sendable {
    public enum Cause: Hashable, Sendable {
        /// The file is no picture that can be decoded, or larger than is allowed: trying again is of no use.
        case file
        /// The worker died, or ran into its limit of time or memory.
        case worker
        /// Nothing was tried: there is no worker, or the bytes could not be read.
        case unavailable
    }

    public let cause: Cause
    /// For people, in one sentence without the name of the file.
    public let reason: String

    public init(_ cause: Cause, _ reason: String) {
        self.cause = cause
        self.reason = reason
    }

    /// The original could not be read: for now, or for good where what is stored of it is damaged.
    public init(reading error: UploadError) {
        let isDamaged = error.code == .storeCorrupt
        self.init(
            isDamaged ? .file : .unavailable,
            isDamaged ? "the stored original is damaged" : "the original cannot be read at the moment")
    }
}
