/// A permanent reason why a picture cannot be derived.
package enum PictureProblem: Hashable, Sendable {
    /// An unsupported format.
    case unknownFormat
    /// The content is malformed, or of a variant that the decoder lacks.
    case undecodable(PictureFormat)
    /// The file ends before anything can be shown.
    case incomplete(PictureFormat)
    /// The format is known, but this worker has no decoder for it.
    case noDecoder(PictureFormat)
    /// A raw file without a preview.
    case noPreview(PictureFormat)
    /// A file of another kind.
    case otherKind(OtherKind)
    case tooManyPixels(PictureFormat, width: UInt32, height: UInt32, limit: UInt64)
    case tooManyScans(limit: UInt32)
    /// The file is a video, of which this worker makes no poster.
    case video(PictureFormat)
    /// A file of a video's format without a video in it.
    case noVideo(PictureFormat)
    /// A video whose coding is not among those that are decoded.
    case unknownCodec(PictureFormat)
    /// The size in MiB, rounded up, and the limit in bytes.
    case tooManyBytes(mebibytes: UInt32, limit: UInt64)
}

/// Kinds of files that are told apart from pictures; the raw values are those of the wire.
package enum OtherKind: UInt32, Hashable, Sendable, CaseIterable {
    case pdf = 2
    case svg
    /// A sequence of pictures in HEIF without a still one.
    case sequence

    /// For people.
    package var name: String {
        switch self {
        case .pdf: "a PDF document"
        case .svg: "an SVG drawing"
        case .sequence: "an HEIF image sequence without a still picture"
        }
    }
}

extension PictureProblem: CustomStringConvertible {
    /// One sentence for people.
    package var description: String {
        switch self {
        case .unknownFormat:
            "the file is not a picture or video of a supported format"
        case .undecodable(let format):
            "the decoder refuses the \(format.name) data: they are invalid, or of a variant that it does not support"
        case .incomplete(let format): "the \(format.name) file ends before anything of it can be shown"
        case .noDecoder(let format): "\(format.name) is not derived: the imaging worker has no decoder for it"
        case .noPreview(let format): "the \(format.name) raw file contains no preview that can be shown"
        case .otherKind(let kind): "the file is \(kind.name), which is not derived"
        case .tooManyPixels(_, let width, let height, let limit):
            "the picture has \(Self.megapixels(UInt64(width) * UInt64(height))) megapixels; "
                + "the limit is \(Self.megapixels(limit))"
        case .tooManyScans(let limit):
            "the JPEG has more than \(limit) scans and would take too long to decode"
        case .video(let format): "the file is a video (\(format.name)); posters of videos are off here"
        case .noVideo(let format): "the \(format.name) file contains no video"
        case .unknownCodec(let format):
            "the video in the \(format.name) file is of a coding that is not decoded"
        case .tooManyBytes(let mebibytes, let limit):
            "the file has \(mebibytes) MiB; the limit is \(limit >> 20 + (limit & (1 << 20 - 1) == 0 ? 0 : 1)) MiB"
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
        case .incomplete(let format): Self.encode(5, format.rawValue, 0, 0, 0)
        case .noDecoder(let format): Self.encode(6, format.rawValue, 0, 0, 0)
        case .noPreview(let format): Self.encode(7, format.rawValue, 0, 0, 0)
        case .otherKind(let kind): Self.encode(8, 0, kind.rawValue, 0, 0)
        case .video(let format): Self.encode(9, format.rawValue, 0, 0, 0)
        case .noVideo(let format): Self.encode(10, format.rawValue, 0, 0, 0)
        case .unknownCodec(let format): Self.encode(11, format.rawValue, 0, 0, 0)
        case .tooManyBytes(let mebibytes, let limit): Self.encode(12, 0, mebibytes, 0, limit)
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
        let formatCode: UInt32 = try reader.integer()
        let format = PictureFormat(rawValue: formatCode)
        let (width, height): (UInt32, UInt32) = (try reader.integer(), try reader.integer())
        let limit: UInt64 = try reader.integer()
        let problem: Self? =
            switch (code, format) {
            case (1, nil): .unknownFormat
            case (2, let format?): .undecodable(format)
            case (3, let format?): .tooManyPixels(format, width: width, height: height, limit: limit)
            case (4, nil): UInt32(exactly: limit).map { .tooManyScans(limit: $0) }
            case (5, let format?): .incomplete(format)
            case (6, let format?): .noDecoder(format)
            case (7, let format?): .noPreview(format)
            case (8, nil): OtherKind(rawValue: width).map { .otherKind($0) }
            case (9, let format?): format.isVideo ? .video(format) : nil
            case (10, let format?): .noVideo(format)
            case (11, let format?): .unknownCodec(format)
            case (12, nil): .tooManyBytes(mebibytes: width, limit: limit)
            default: nil
            }
        // So that each problem has one encoding.
        guard let problem, problem.bytes == Self.encode(code, formatCode, width, height, limit) else {
            throw WireError.malformed(.code)
        }
        self = problem
    }
}
