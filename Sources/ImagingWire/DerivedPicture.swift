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
}

/// An Exif time: `2024:05:01 12:30:00`, local and without a zone (Exif 2.32, 4.6.5).
package struct ExifTime: Hashable, Sendable {
    package static let byteCount = 19
    package let text: String

    /// Accepts exactly that form; nil for anything else, including a blank time.
    package init?(_ bytes: some Collection<UInt8>) {
        let shape = Array("0000:00:00 00:00:00".utf8)
        guard bytes.count == Self.byteCount else { return nil }
        for (byte, expected) in zip(bytes, shape) {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard expected == UInt8(ascii: "0") ? isDigit : byte == expected else { return nil }
        }
        text = String(decoding: bytes, as: UTF8.self)
    }
}
