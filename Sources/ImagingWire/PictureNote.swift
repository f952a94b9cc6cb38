/// What the renditions of a picture show where that is not all of it, or how its colours were found.
package enum PictureNote: Hashable, Sendable {
    /// The file ends early, or is damaged from some place on; what was decoded until there is shown.
    case incomplete
    /// The picture is a preview of this size in pixels that the file contains.
    case preview(width: UInt32, height: UInt32)
    /// The colour profile does not fit the picture and was not used.
    case profileUnused
    /// A picture with a higher dynamic range, mapped to that of ordinary screens.
    case toneMapped
    /// A motion photo: a video follows the picture in the file.
    case motionPhoto

    package var isIncomplete: Bool { self == .incomplete }

    package var isPreview: Bool {
        if case .preview = self { true } else { false }
    }

    static let countMax = 5
}

extension PictureNote: CustomStringConvertible {
    /// One clause for people.
    package var description: String {
        switch self {
        case .incomplete: "the file ends early or is damaged; the part that could be decoded is shown"
        case .preview(let width, let height): "its preview of \(width) × \(height) pixels is shown"
        case .profileUnused: "its colour profile does not fit and was not used"
        case .toneMapped: "its high dynamic range was mapped to that of ordinary screens"
        case .motionPhoto: "its video is a part of the file"
        }
    }
}

extension PictureNote {
    var bytes: [UInt8] {
        var writer = WireWriter()
        let (code, width, height): (UInt8, UInt32, UInt32) =
            switch self {
            case .incomplete: (1, 0, 0)
            case .preview(let width, let height): (2, width, height)
            case .profileUnused: (3, 0, 0)
            case .toneMapped: (4, 0, 0)
            case .motionPhoto: (5, 0, 0)
            }
        writer.append(code)
        writer.append(width)
        writer.append(height)
        return writer.bytes
    }

    /// Refuses sizes that the code does not use, so that each note has one encoding.
    init(from reader: inout WireReader) throws(WireError) {
        let code: UInt8 = try reader.integer()
        let (width, height): (UInt32, UInt32) = (try reader.integer(), try reader.integer())
        switch (code, width, height) {
        case (1, 0, 0): self = .incomplete
        case (2, 1..., 1...): self = .preview(width: width, height: height)
        case (3, 0, 0): self = .profileUnused
        case (4, 0, 0): self = .toneMapped
        case (5, 0, 0): self = .motionPhoto
        default: throw WireError.malformed(.code)
        }
    }
}
