import SessionCore
import UploadCore

@testable import BlobStorageS3

/// One upload in a store.
struct UploadedBytes: Sendable {
    let store: S3BlobStore
    let catalogue: RecordingCatalogue

    static let key = ObjectKey(Digest(of: Array("upload".utf8)))

    func sink(chunkSize: UInt64? = nil, length: UInt64? = nil) -> S3UploadSink {
        let id = SessionId(high: 1, low: 1)
        let owner = SessionOwner(capsule: CapsuleId(id), caller: Principal("ada"))
        let meta = UploadSessionMeta(
            session: id, capsule: CapsuleId(id), caller: Principal("ada"), asset: AssetMetadata(name: "letter.txt"),
            provisionalMemoryId: "", idempotencyKey: nil, expectedDigest: nil, isPartial: false, storage: .file)
        let spec = SessionSpec(
            layout: chunkSize.map { .chunks(size: $0) } ?? .append, expectedBytes: length, owner: owner)
        return store.sink(for: meta, spec, hasDurableBytes: false)
    }

    /// Writes bytes in buffers, stores and records them.
    @discardableResult
    func write(_ bytes: [UInt8], at offset: Int = 0, buffer: Int = 64 << 10) async throws -> [StorageReceipt] {
        let sink = sink()
        defer { sink.close() }
        for start in stride(from: 0, to: bytes.count, by: buffer) {
            let part = bytes[start..<min(start + buffer, bytes.count)]
            try await sink.write(part, at: UInt64(offset + start), nil)
        }
        let receipts = try await sink.sync()
        catalogue.record(receipts)
        return receipts
    }

    func read(_ range: Range<Int>, limit: Int = 1 << 20) async throws -> [UInt8] {
        var stream = store.stream(Self.key, UInt64(range.lowerBound)..<UInt64(range.upperBound))
        var bytes: [UInt8] = []
        while let next = try await stream.next(limit: limit) { bytes += next }
        return bytes
    }

    /// All segments of the bucket.
    func stored() async throws -> [RecordedSegment] {
        var (segments, last): ([RecordedSegment], String?) = ([], nil)
        repeat {
            let page = try await store.storedSegments(after: last)
            segments += page.segments
            last = page.next
        } while last != nil
        return segments
    }
}
