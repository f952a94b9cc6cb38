/// A box of the ISO base media file format (ISO 14496-12, 4.2), which QuickTime calls an atom.
///
/// Its size is untrusted: a box ends with what is around it.
struct ISOBox {
    /// The most boxes that are read beside each other.
    static let countMax = 4096

    let type: String
    /// Without its head.
    let content: ByteSource
    /// From the start of the source around it.
    let end: Int
    /// Whether it states more bytes than there are.
    let isCutOff: Bool

    /// nil if there is no box at this place.
    init?(in source: ByteSource, at offset: Int) {
        // QuickTime's names of user data begin with 0xa9.
        guard let size = source.number(at: offset, bytes: 4), let name = source.bytes(at: offset + 4, count: 4),
            name.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0xa9 })
        else { return nil }
        var (head, length) = (8, size)
        if size == 1 {
            guard let large = source.number(at: offset + 8, bytes: 8) else { return nil }
            (head, length) = (16, large)
        } else if size == 0 {
            length = source.count - offset
        }
        guard length >= head else { return nil }
        isCutOff = length > source.count - offset
        end = isCutOff ? source.count : offset + length
        type = String(decoding: name, as: UTF8.self)
        content = source.part(offset + head, count: length - head)
    }

    /// The boxes from a place on, in order, up to `countMax`, or to the first bytes that are none.
    static func all(in source: ByteSource, from start: Int = 0) -> [ISOBox] {
        var boxes: [ISOBox] = []
        var offset = start
        while boxes.count < countMax, let box = ISOBox(in: source, at: offset) {
            boxes.append(box)
            offset = box.end
        }
        return boxes
    }
}
