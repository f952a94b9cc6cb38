/// A worker's reply about one picture. Untrusted: a picture may have taken the process over, so anything else is
/// refused.
package enum PictureReply: Hashable, Sendable {
    case derived(DerivedPicture)
    /// The time of capture, which a file without a picture may have, too.
    case problem(PictureProblem, takenAt: PictureTime? = nil)

    /// The largest reply: a display rendition of pure noise has about 4 MiB.
    package static let byteCountMax = 24 << 20
    private static let magic: UInt32 = 0x5052_4957

    package var bytes: [UInt8] {
        var writer = WireWriter()
        writer.append(Self.magic)
        switch self {
        case .problem(let problem, let takenAt):
            writer.append(UInt32(0))
            writer.append(problem.bytes)
            writer.append(takenAt)
        case .derived(let picture):
            writer.append(UInt32(1))
            writer.append(picture.bytes)
        }
        return writer.bytes
    }

    /// - Throws: `.malformed`, also for pictures that are too large, that are not plain WebP (RFC 9649: no animation,
    ///   no metadata), or whose size differs from the stated one.
    package init(parsing bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.byteCountMax else { throw WireError.malformed(.length) }
        var reader = WireReader(bytes)
        guard try reader.integer() as UInt32 == Self.magic else { throw WireError.malformed(.magic) }
        switch try reader.integer() as UInt32 {
        case 0: self = .problem(try PictureProblem(from: &reader), takenAt: try reader.optionalTime())
        case 1: self = .derived(try DerivedPicture(from: &reader))
        default: throw WireError.malformed(.code)
        }
        try reader.end()
    }
}

extension DerivedPicture {
    fileprivate var bytes: [UInt8] {
        var writer = WireWriter()
        writer.append(width)
        writer.append(height)
        writer.append(UInt8(thumbHash.count))
        writer.append(thumbHash)
        writer.append(takenAt)
        writer.append(format.rawValue)
        writer.append(UInt8(notes.count))
        for note in notes { writer.append(note.bytes) }
        for picture in [display, thumb, placeholder] {
            writer.append(picture.width)
            writer.append(picture.height)
            writer.append(UInt32(picture.bytes.count))
            writer.append(picture.bytes)
        }
        return writer.bytes
    }

    fileprivate init(from reader: inout WireReader) throws(WireError) {
        width = try reader.integer()
        height = try reader.integer()
        guard width > 0, height > 0 else { throw WireError.malformed(.size) }
        thumbHash = Array(try reader.bytes(Int(try reader.integer() as UInt8)))
        guard (5...25).contains(thumbHash.count) else { throw WireError.malformed(.thumbHash) }
        takenAt = try reader.optionalTime()
        guard let format = PictureFormat(rawValue: try reader.integer()) else { throw WireError.malformed(.code) }
        self.format = format
        let count: UInt8 = try reader.integer()
        guard count <= PictureNote.countMax else { throw WireError.malformed(.code) }
        var notes: [PictureNote] = []
        for _ in 0..<count { notes.append(try PictureNote(from: &reader)) }
        self.notes = notes
        display = try EncodedPicture(from: &reader, edge: RenditionEdge.display)
        thumb = try EncodedPicture(
            from: &reader, edge: RenditionEdge.thumb(ofWidth: display.width, height: display.height))
        placeholder = try EncodedPicture(from: &reader, edge: RenditionEdge.placeholder)
    }
}

extension EncodedPicture {
    fileprivate init(from reader: inout WireReader, edge: UInt32) throws(WireError) {
        width = try reader.integer()
        height = try reader.integer()
        bytes = Array(try reader.bytes(Int(try reader.integer() as UInt32)))
        guard width <= edge, height <= edge else { throw WireError.malformed(.size) }
        let picture = try StillWebP(parsing: bytes)
        guard picture.width == width, picture.height == height else { throw WireError.malformed(.size) }
    }
}
