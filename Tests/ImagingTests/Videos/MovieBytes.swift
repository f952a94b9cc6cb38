import Testing

@testable import Imaging

/// An MP4 of ffmpeg's, whose boxes `ftyp`, `free`, `mdat` and `moov` come in this order, to be changed.
struct MovieBytes {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// With another matrix of its first track (ISO 14496-12, 8.3.2): a, b, c and d.
    func turned(by matrix: [Int32]) throws -> [UInt8] {
        let header = try #require(bytes.firstRange(of: Array("tkhd".utf8))).upperBound
        var changed = bytes
        for (place, value) in zip([40, 44, 52, 56], matrix) {
            changed.replaceSubrange(header + place..<header + place + 4, with: bigEndian(UInt32(bitPattern: value)))
        }
        return changed
    }

    /// With another size of its pictures, where the demuxer reads it (`avc1`, ISO 14496-12, 12.1.3).
    func sized(_ width: UInt16, _ height: UInt16) throws -> [UInt8] {
        let entry = try #require(bytes.lastRange(of: Array("avc1".utf8))).upperBound
        var changed = bytes
        changed.replaceSubrange(entry + 24..<entry + 28, with: bigEndian(width) + bigEndian(height))
        return changed
    }

    /// With an edit list of so many entries (ISO 14496-12, 8.6.6), each of which shows a moment of the video.
    func withEdits(_ count: Int) throws -> [UInt8] {
        let entry = bigEndian(UInt32(1)) + bigEndian(UInt32(0)) + bigEndian(UInt32(1 << 16))
        let list = try #require(bytes.firstRange(of: Array("elst".utf8)))
        let old = Int(try #require(ByteSource(bytes).number(at: list.lowerBound - 4, bytes: 4)))
        let content =
            bigEndian(UInt32(0)) + bigEndian(UInt32(count)) + [[UInt8]](repeating: entry, count: count).joined()
        var changed = bytes
        changed.replaceSubrange(list.upperBound..<list.lowerBound - 4 + old, with: content)
        let growth = changed.count - bytes.count
        for name in ["moov", "trak", "edts", "elst"] {
            let start = try #require(bytes.firstRange(of: Array(name.utf8))).lowerBound - 4
            let size = try #require(ByteSource(bytes).number(at: start, bytes: 4))
            changed.replaceSubrange(start..<start + 4, with: bigEndian(UInt32(size + growth)))
        }
        return changed
    }

    /// Where its movie box begins.
    var movieStart: Int {
        get throws { try #require(bytes.firstRange(of: Array("moov".utf8))).lowerBound - 4 }
    }

    /// What comes between its frames and its header in a file with so many bytes more: the head of a box.
    static func free(_ count: UInt64) -> [UInt8] {
        bigEndian(UInt32(1)) + Array("free".utf8) + bigEndian(count)
    }
}

extension [UInt8] {
    /// The last place of some bytes.
    fileprivate func lastRange(of wanted: [UInt8]) -> Range<Int>? {
        indices.last { self[$0...].starts(with: wanted) }.map { $0..<$0 + wanted.count }
    }
}
