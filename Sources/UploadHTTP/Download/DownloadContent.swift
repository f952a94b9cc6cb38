import HummingbirdCore
import NIOCore
import SessionCore
import UploadCore

/// Where the bytes of a download come from.
enum DownloadContent<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    case blob(BlobContent<Store, Blobs, Time>)
    /// At most `Limits.inlineAssetBytesMax`.
    case inline([UInt8], ServerMetrics)

    /// Opens what is to be sent first, so that a damaged store is an error and not half an answer.
    ///
    /// - Throws: `store_corrupt`, `unavailable`.
    func open(_ range: Range<UInt64>) async throws(UploadError) -> (any OpenFile)? {
        switch self {
        case .blob(let content): try await content.open(range)
        case .inline: nil
        }
    }

    /// - Parameter opened: From `open`; it is closed when this returns.
    func send(
        _ range: Range<UInt64>, opened: (any OpenFile)?, to writer: inout any ResponseBodyWriter
    ) async throws {
        switch self {
        case .blob(let content): try await content.send(range, opened: opened, to: &writer)
        case .inline(let bytes, let metrics):
            try await writer.write(ByteBuffer(bytes: bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
            metrics.bytesSent(UInt64(range.count))
        }
    }
}
