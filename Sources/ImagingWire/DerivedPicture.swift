/// The result of deriving a picture.
package struct DerivedPicture: Hashable, Sendable {
    /// Pixels of the original after its orientation was applied.
    package let width: UInt32
    package let height: UInt32
    package let display: EncodedPicture
    package let thumb: EncodedPicture
    package let placeholder: EncodedPicture
    /// 5 to 25 bytes.
    package let thumbHash: [UInt8]
    package let takenAt: PictureTime?
    package let format: PictureFormat
    /// At most four.
    package let notes: [PictureNote]

    package init(
        width: UInt32, height: UInt32, display: EncodedPicture, thumb: EncodedPicture, placeholder: EncodedPicture,
        thumbHash: [UInt8], takenAt: PictureTime?, format: PictureFormat, notes: [PictureNote] = []
    ) {
        self.width = width
        self.height = height
        self.display = display
        self.thumb = thumb
        self.placeholder = placeholder
        self.thumbHash = thumbHash
        self.takenAt = takenAt
        self.format = format
        self.notes = notes
    }
}

/// An encoded WebP picture.
package struct EncodedPicture: Hashable, Sendable {
    package let width: UInt32
    package let height: UInt32
    package let bytes: [UInt8]

    package init(width: UInt32, height: UInt32, bytes: [UInt8]) {
        self.width = width
        self.height = height
        self.bytes = bytes
    }
}

/// The longest edges of the renditions, in pixels. Nothing is enlarged.
package enum RenditionEdge {
    package static let display: UInt32 = 2048
    package static let thumb: UInt32 = 512
    package static let placeholder: UInt32 = 32

    /// The shorter edge down to which the longer one of a thumb may exceed its limit, so that a panorama can be made out.
    package static let thumbShort: UInt32 = 128

    /// The longest edge of the thumb of a display rendition of this size.
    package static func thumb(ofWidth width: UInt32, height: UInt32) -> UInt32 {
        let (short, long) = (min(width, height), max(width, height))
        guard short > 0, UInt64(short) * UInt64(thumb) < UInt64(thumbShort) * UInt64(long) else { return thumb }
        return short <= thumbShort ? long : UInt32(UInt64(long) * UInt64(thumbShort) / UInt64(short))
    }
}
