/// A permanent reason why a picture cannot be derived.
package enum PictureProblem: Hashable, Sendable {
    /// An unsupported format.
    case unknownFormat
    /// The content is malformed or truncated.
    case undecodable(PictureFormat)
    case tooManyPixels(PictureFormat, width: UInt32, height: UInt32, limit: UInt64)
    case tooManyScans(limit: UInt32)
}

/// The supported formats; the raw values are those of the wire.
package enum PictureFormat: UInt32, Hashable, Sendable, CaseIterable {
    case jpeg = 1
    case png
    case webP
    case gif
    case tiff
    /// HEIC and AVIF.
    case heif

    /// For people.
    package var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .webP: "WebP"
        case .gif: "GIF"
        case .tiff: "TIFF"
        case .heif: "HEIC or AVIF"
        }
    }
}

extension PictureProblem: CustomStringConvertible {
    /// One sentence for people.
    package var description: String {
        switch self {
        case .unknownFormat:
            "the file is not a picture of a supported format (JPEG, PNG, WebP, GIF, TIFF, HEIC, AVIF)"
        case .undecodable(let format):
            "the \(format.name) picture is damaged, incomplete or of an unsupported variant"
        case .tooManyPixels(_, let width, let height, let limit):
            "the picture has \(Self.megapixels(UInt64(width) * UInt64(height))) megapixels; "
                + "the limit is \(Self.megapixels(limit))"
        case .tooManyScans(let limit):
            "the JPEG has more than \(limit) scans and would take too long to decode"
        }
    }

    /// In tenths, rounded up so that it never equals the exceeded limit.
    private static func megapixels(_ pixels: UInt64) -> String {
        let tenths = pixels / 100_000 + (pixels % 100_000 == 0 ? 0 : 1)
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

extension PictureProblem {
    static let byteCount = 24

    var bytes: [UInt8] {
        switch self {
        case .unknownFormat: Self.encode(1, 0, 0, 0, 0)
        case .undecodable(let format): Self.encode(2, format.rawValue, 0, 0, 0)
        case .tooManyPixels(let format, let width, let height, let limit):
            Self.encode(3, format.rawValue, width, height, limit)
        case .tooManyScans(let limit): Self.encode(4, 0, 0, 0, UInt64(limit))
        }
    }

    private static func encode(
        _ code: UInt32, _ format: UInt32, _ width: UInt32, _ height: UInt32, _ limit: UInt64
    ) -> [UInt8] {
        var writer = WireWriter()
        for value in [code, format, width, height] { writer.append(value) }
        writer.append(limit)
        return writer.bytes
    }

    /// Refuses values in fields that the code does not use, so that each problem has one encoding.
    init(from reader: inout WireReader) throws(WireError) {
        let code: UInt32 = try reader.integer()
        let format = PictureFormat(rawValue: try reader.integer())
        let (width, height): (UInt32, UInt32) = (try reader.integer(), try reader.integer())
        let limit: UInt64 = try reader.integer()
        let problem: Self? =
            switch (code, format) {
            case (1, nil): .unknownFormat
            case (2, let format?): .undecodable(format)
            case (3, let format?): .tooManyPixels(format, width: width, height: height, limit: limit)
            case (4, nil): UInt32(exactly: limit).map { .tooManyScans(limit: $0) }
            default: nil
            }
        guard let problem else { throw WireError.malformed(.code) }
        self = problem
    }
}
