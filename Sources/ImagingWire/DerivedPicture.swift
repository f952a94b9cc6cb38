/// What a worker made of a picture.
package struct DerivedPicture: Hashable, Sendable {
    /// Of the original as it is to be seen, after its orientation was applied, in pixels.
    package let width: UInt32
    package let height: UInt32
    package let display: EncodedPicture
    package let thumb: EncodedPicture
    package let placeholder: EncodedPicture
    /// 5 to 25 bytes.
    package let thumbHash: [UInt8]
    package let takenAt: ExifTime?

    package init(
        width: UInt32, height: UInt32, display: EncodedPicture, thumb: EncodedPicture, placeholder: EncodedPicture,
        thumbHash: [UInt8], takenAt: ExifTime?
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

/// One WebP.
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

/// The longest edges of what is made of a picture, in pixels. Nothing is ever enlarged.
package enum RenditionEdge {
    package static let display: UInt32 = 2048
    package static let thumb: UInt32 = 512
    package static let placeholder: UInt32 = 32
}
