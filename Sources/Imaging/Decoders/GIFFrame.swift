/// The place of a GIF's first frame on its canvas (GIF89a, 18 to 20).
struct GIFFrame: Hashable {
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    let canvasWidth: Int
    let canvasHeight: Int

    /// nil if there is no frame.
    init?(_ source: ByteSource) {
        func number(_ offset: Int, _ bytes: Int) -> Int? {
            source.number(at: offset, bytes: bytes, isLittleEndian: true)
        }
        guard let width = number(6, 2), let height = number(8, 2), let flags = number(10, 1) else { return nil }
        (canvasWidth, canvasHeight) = (width, height)
        var place = 13 + (flags & 0x80 != 0 ? 3 << (flags & 7 + 1) : 0)
        for _ in 0..<1000 {
            guard let kind = number(place, 1) else { return nil }
            if kind == 0x2c {
                guard let left = number(place + 1, 2), let top = number(place + 3, 2),
                    let width = number(place + 5, 2), let height = number(place + 7, 2)
                else { return nil }
                (self.left, self.top, self.width, self.height) = (left, top, width, height)
                return
            }
            guard kind == 0x21 else { return nil }
            place += 2
            // Blocks with a length each, up to an empty one.
            for _ in 0..<100_000 {
                guard let length = number(place, 1) else { return nil }
                place += 1 + length
                if length == 0 { break }
            }
        }
        return nil
    }

    /// The part of the canvas that it covers; nil if it covers all or nothing.
    var partOfCanvas: (left: Int, top: Int, width: Int, height: Int)? {
        let (right, bottom) = (min(left + width, canvasWidth), min(top + height, canvasHeight))
        guard left < right, top < bottom else { return nil }
        guard (left, top, right, bottom) != (0, 0, canvasWidth, canvasHeight) else { return nil }
        return (left, top, right - left, bottom - top)
    }
}
