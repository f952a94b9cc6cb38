import SessionCore
import Synchronization
import UploadCore
import UploadTestKit
import UploadTransfer

/// A transfer service over model stores, and the numbers that it reported.
struct TransferFixture {
    typealias Service = TransferService<ModelCatalogue, ModelBlobStore, ManualClock>

    let blobs: ModelBlobStore
    let catalogue: ModelCatalogue
    let reports = Reports()
    let transfer: Service
    let capsule: CapsuleId
    let anna = Principal("anna")
    let mallory = Principal("mallory")

    init(files: (any OpenFileProvider)? = nil) async throws {
        (catalogue, blobs) = (ModelCatalogue(), ModelBlobStore())
        transfer = try Self.transfer(catalogue, blobs, reports, files)
        capsule = try await transfer.uploads.createCapsule(title: "", by: anna).id
    }

    private static func transfer(
        _ catalogue: ModelCatalogue, _ blobs: ModelBlobStore, _ reports: Reports,
        _ files: (any OpenFileProvider)? = nil,
        _ change: (inout Limits) -> Void = { _ in }
    ) throws -> Service {
        var limits = Limits()
        limits.catalogueBytesMax = 8
        limits.checkpointBytes = 65_536
        change(&limits)
        let uploads = try UploadService(catalogue: catalogue, blobs: blobs, clock: ManualClock(), limits: limits)
        return TransferService(uploads: uploads, files: files, observer: reports) { job in job() }
    }

    /// The service after a restart with other limits.
    func restarted(_ change: (inout Limits) -> Void) throws -> Service {
        try Self.transfer(catalogue, blobs, reports, nil, change)
    }

    func request(length: UInt64? = nil, key: String? = nil, layout: BeginRequest.Layout = .append) -> BeginRequest {
        BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "a"), layout: layout, length: length,
            idempotencyKey: key.map { IdempotencyKey(bytes: Array($0.utf8)) })
    }

    func begin(_ request: BeginRequest) async throws -> SessionId {
        try await transfer.uploads.beginUpload(request, by: anna).record.id
    }

    func bytes(of id: SessionId) async throws -> [UInt8] {
        let (blob, download) = try await transfer.openDownload(BlobId(id), by: anna)
        var sink = MemorySink()
        try await download.send(0..<blob.size, opened: nil, to: &sink)
        return sink.bytes
    }
}

final class Reports: TransferObserver {
    private let counts = Mutex((acknowledged: 0, sent: 0, finished: 0))

    func bytesAcknowledged(_ count: UInt64) { counts.withLock { $0.acknowledged += Int(count) } }
    func bytesSent(_ count: UInt64) { counts.withLock { $0.sent += Int(count) } }
    func finished(nanoseconds: UInt64) { counts.withLock { $0.finished += 1 } }

    var acknowledged: Int { counts.withLock { $0.acknowledged } }
    var sent: Int { counts.withLock { $0.sent } }
    var finished: Int { counts.withLock { $0.finished } }
}

/// Finds every file too short, and remembers the lengths that were asked for.
final class ShortFiles: OpenFileProvider {
    private let asked = Mutex<[UInt64]>([])
    var lengths: [UInt64] { asked.withLock { $0 } }

    func openFile(_ key: ObjectKey, length: UInt64) async throws(UploadError) -> any OpenFile {
        asked.withLock { $0.append(length) }
        throw UploadError(.storeCorrupt(detail: "too short"))
    }
}

struct MemorySink: DownloadSink {
    var bytes: [UInt8] = []

    mutating func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool { false }
    mutating func write(_ more: [UInt8]) async throws { bytes += more }
}

/// A body in the given buffers, which may break off after them.
final class Body: AsyncSequence, Sendable {
    struct Broken: Error {}

    private let buffers: [ArraySlice<UInt8>]
    private let isBroken: Bool
    private let reads = Atomic(0)

    init(_ buffers: [UInt8]..., isBroken: Bool = false) {
        self.buffers = buffers.map { $0[...] }
        self.isBroken = isBroken
    }

    /// Whether anything was read of it.
    var isRead: Bool { reads.load(ordering: .relaxed) > 0 }

    struct AsyncIterator: AsyncIteratorProtocol {
        let body: Body
        var position = 0

        mutating func next() async throws -> ArraySlice<UInt8>? {
            body.reads.add(1, ordering: .relaxed)
            guard position < body.buffers.count else {
                if body.isBroken { throw Broken() }
                return nil
            }
            defer { position += 1 }
            return body.buffers[position]
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }
}

/// Matches if the sum of all bytes does.
final class SumChecksum: BodyChecksum {
    struct Mismatch: Error {}

    private let expected: Int
    private let sum = Mutex(0)

    init(_ expected: Int) { self.expected = expected }

    func update(_ bytes: UnsafeRawBufferPointer) {
        sum.withLock { sum in bytes.forEach { sum += Int($0) } }
    }

    func verify() throws {
        guard sum.withLock({ $0 }) == expected else { throw Mismatch() }
    }
}
