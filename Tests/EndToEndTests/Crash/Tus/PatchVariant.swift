import NIOCore
import TusWire
import UploadClient

extension TusCalls.PatchVariant {
    /// `Upload-Checksum` of the bytes, or of others.
    func checksum(of bytes: ByteBuffer) -> String? {
        switch self {
        case .plain, .cut(_, nil): nil
        case .checked(let algorithm), .cut(_, let algorithm?): Self.text(algorithm, bytes)
        case .mismatched(let algorithm): Self.text(algorithm, ByteBuffer(string: "others"))
        }
    }

    private static func text(_ algorithm: ChecksumAlgorithm, _ bytes: ByteBuffer) -> String {
        let computed = RunningChecksum([algorithm])
        bytes.withUnsafeReadableBytes { computed.update($0) }
        return UploadChecksum(algorithm, of: computed).text
    }

    func body(_ bytes: ByteBuffer) -> TransportRequest.Body {
        guard case .cut(let count, _) = self else { return .bytes(bytes) }
        let first = bytes.getSlice(at: bytes.readerIndex, length: min(count, bytes.readableBytes)) ?? ByteBuffer()
        return .stream(BrokenOff(first: first), length: UInt64(bytes.readableBytes))
    }
}

/// A `PATCH` of which nobody knows what became. It may still be on its way when the client goes on, and count when nobody
/// expects it.
struct UnknownPatch {
    let offset: Int
    let count: Int
    let variant: TusCalls.PatchVariant

    /// Whether it can have brought the upload there.
    func canHaveReached(_ end: Int) -> Bool {
        let (none, all) = (end == offset, end == offset + count)
        return switch variant {
        case .plain: (offset...offset + count).contains(end)
        case .checked: none || all
        case .mismatched: none
        case .cut(let sent, nil): (offset...offset + sent).contains(end)
        case .cut(let sent, _?): none || all && sent == count
        }
    }
}

/// Some bytes, and then a failure.
private struct BrokenOff: AsyncSequence {
    struct Failed: Error {}

    let first: ByteBuffer

    struct AsyncIterator: AsyncIteratorProtocol {
        var first: ByteBuffer?

        mutating func next() async throws -> ByteBuffer? {
            guard let first else { throw Failed() }
            self.first = nil
            return first
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(first: first) }
}
