@testable import ImagingWire

/// Messages of a working worker, with minimal pictures of valid structure.
enum Samples {
    static let time = PictureTime(year: 2024, month: 5, day: 1, hour: 12, minute: 30, second: 0, millisecond: 7)

    static func picture(
        width: UInt32 = 4000, height: UInt32 = 3000, display: EncodedPicture = encoded(2048, 1536),
        thumb: EncodedPicture = encoded(512, 384), placeholder: EncodedPicture = encoded(32, 24),
        thumbHash: [UInt8] = Array(1...20), takenAt: PictureTime? = time, format: PictureFormat = .jpeg,
        notes: [PictureNote] = []
    ) -> DerivedPicture {
        DerivedPicture(
            width: width, height: height, display: display, thumb: thumb, placeholder: placeholder,
            thumbHash: thumbHash, takenAt: takenAt, format: format, notes: notes)
    }

    static func encoded(_ width: UInt32, _ height: UInt32) -> EncodedPicture {
        EncodedPicture(width: width, height: height, bytes: webP([lossy(width, height)]))
    }

    /// RFC 9649, 2.4: a RIFF of chunks, each at an even place.
    static func webP(_ chunks: [(name: String, content: [UInt8])]) -> [UInt8] {
        var body = Array("WEBP".utf8)
        for chunk in chunks {
            body += Array(chunk.name.utf8) + littleEndian(UInt32(chunk.content.count)) + chunk.content
            if chunk.content.count % 2 == 1 { body.append(0) }
        }
        return Array("RIFF".utf8) + littleEndian(UInt32(body.count)) + body
    }

    static func lossy(_ width: UInt32, _ height: UInt32) -> (name: String, content: [UInt8]) {
        let size = littleEndian(UInt16(width)) + littleEndian(UInt16(height))
        return ("VP8 ", [0x10, 0, 0, 0x9d, 0x01, 0x2a] + size + [1])
    }

    static func lossless(_ width: UInt32, _ height: UInt32) -> (name: String, content: [UInt8]) {
        ("VP8L", [0x2f] + littleEndian((width - 1) | (height - 1) << 14))
    }

    static func extended(_ flags: UInt8, _ width: UInt32, _ height: UInt32) -> (name: String, content: [UInt8]) {
        let size = littleEndian(width - 1).prefix(3) + littleEndian(height - 1).prefix(3)
        return ("VP8X", [flags, 0, 0, 0] + size)
    }

    static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
