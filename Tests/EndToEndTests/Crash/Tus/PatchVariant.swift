import NIOCore
import TusWire
import UploadClient

extension TusCalls.PatchVariant {
    /// The `Upload-Checksum` of the bytes, or a wrong one.
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

/// A `PATCH` with an unknown outcome. It may still be in transit when the client continues, and take effect later.
struct UnknownPatch {
    let offset: Int
    let count: Int
    let variant: TusCalls.PatchVariant

    /// Whether the request can have moved the upload to this offset.
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

/// Some bytes, then a failure.
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
