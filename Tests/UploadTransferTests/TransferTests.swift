import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit
import UploadTransfer

@Suite struct TransferTests {
    private let fixture: TransferFixture

    init() async throws { fixture = try await TransferFixture() }

    private var transfer: TransferFixture.Service { fixture.transfer }

    private func status(_ id: SessionId) async throws -> UploadRecord {
        try await transfer.uploads.status(of: id, by: fixture.anna)
    }

    // MARK: - Chunks

    @Test func `a chunk counts as a whole, and access is checked before its body is read`() async throws {
        let id = try await fixture.begin(fixture.request(length: 20, layout: .chunks(size: 16)))
        let stolen = Body(Array(repeating: 1, count: 16))
        await #expect(throws: UploadError.self) {
            try await transfer.receiveChunk(
                stolen, index: 0, of: id, byteCount: 16, digest: nil, by: fixture.mallory)
        }
        #expect(!stolen.isRead)
        await #expect(throws: Body.Broken.self) {
            try await transfer.receiveChunk(
                Body([1, 2], isBroken: true), index: 1, of: id, byteCount: nil, digest: nil, by: fixture.anna)
        }
        #expect(fixture.reports.acknowledged == 0)
        try await transfer.receiveChunk(
            Body([1, 2], [], [3, 4]), index: 1, of: id, byteCount: 4, digest: Digest(of: [1, 2, 3, 4]), by: fixture.anna
        )
        #expect(fixture.reports.acknowledged == 4)
        let other = Body([9, 9, 9, 9])
        let error = await #expect(throws: UploadError.self) {
            try await transfer.receiveChunk(other, index: 1, of: id, byteCount: 4, digest: nil, by: fixture.anna)
        }
        #expect(error?.code == .chunkConflict)
    }

    // MARK: - Whole uploads

    @Test func `a request with a key is the same one after a restart with other limits`() async throws {
        let bytes: [UInt8] = Array(0..<20)
        let changes: [@Sendable (inout Limits) -> Void] = [
            { $0.catalogueBytesMax = 64 }, { $0.checkpointBytes = 1 << 20 }, { $0.chunkSizeDefault = 1 << 16 },
        ]
        for length in [20, nil] as [UInt64?] {
            let request = fixture.request(length: length, key: "k\(length ?? 0)", layout: .chunks())
            let first = try await transfer.receiveWhole(
                Body(bytes), request, accessCheck: .beforeBody, by: fixture.anna)
            for change in changes {
                let again = try await fixture.restarted(change).receiveWhole(
                    Body(bytes), request, accessCheck: .beforeBody, by: fixture.anna)
                guard case .replayed(let record) = again else {
                    Issue.record("it was stored twice")
                    continue
                }
                #expect(record.id == first.record.id && record.blob != nil)
                let error = await #expect(throws: UploadError.self) {
                    try await fixture.restarted(change).receiveWhole(
                        Body(bytes.reversed()), request, accessCheck: .beforeBody, by: fixture.anna)
                }
                #expect(error?.code == .idempotencyConflict)
            }
        }
    }

    @Test func `a broken request with a key is completed after a restart with other limits`() async throws {
        let bytes: [UInt8] = Array(0..<20)
        let request = fixture.request(key: "k", layout: .chunks())
        await #expect(throws: Body.Broken.self) {
            try await transfer.receiveWhole(
                Body(bytes, isBroken: true), request, accessCheck: .beforeBody, by: fixture.anna)
        }
        let began = try await fixture.restarted({ $0.catalogueBytesMax = 64 }).receiveWhole(
            Body(bytes), request, accessCheck: .beforeBody, by: fixture.anna)
        #expect(began.record.blob != nil)
        #expect(try await fixture.bytes(of: began.record.id) == bytes)
    }

    // MARK: - Appends

    @Test func `the last byte of an append commits the upload`() async throws {
        let id = try await fixture.begin(fixture.request(length: 20))
        let first = try await transfer.receiveAppend(
            Body(Array(0..<7), Array(7..<12)), to: id, AppendRequest(offset: 0), by: fixture.anna)
        #expect(first.offset == 12 && first.record.blob == nil)
        let last = try await transfer.receiveAppend(
            Body(Array(12..<20)), to: id, AppendRequest(offset: 12), by: fixture.anna)
        #expect(last.offset == 20 && last.record.blob != nil)
        #expect(try await fixture.bytes(of: id) == Array(0..<20))
        #expect(fixture.reports.acknowledged == 20 && fixture.reports.finished == 1 && fixture.reports.sent == 20)
        let again = try await transfer.finishIfComplete(try await status(id), by: fixture.anna)
        #expect(again.blob != nil && fixture.reports.finished == 1)
    }

    @Test func `an append that breaks off keeps its bytes, unless they have a checksum`() async throws {
        let id = try await fixture.begin(fixture.request(length: 40))
        await #expect(throws: Body.Broken.self) {
            _ = try await transfer.receiveAppend(
                Body([1, 2, 3], isBroken: true), to: id, AppendRequest(offset: 0), by: fixture.anna)
        }
        #expect(try await status(id).session.offset == 3)
        for body in [Body([4, 5], isBroken: true), Body([4, 5, 6])] {
            await #expect(throws: (any Error).self) {
                _ = try await transfer.receiveAppend(
                    body, to: id, AppendRequest(offset: 3, checksum: SumChecksum(9)), by: fixture.anna)
            }
            #expect(try await status(id).session.offset == 3)
        }
        let result = try await transfer.receiveAppend(
            Body([4, 5]), to: id, AppendRequest(offset: 3, checksum: SumChecksum(9)), by: fixture.anna)
        #expect(result.offset == 5)
    }

    @Test func `only a request with the right offset may declare a length, and its body is not read before`()
        async throws
    {
        let id = try await fixture.begin(fixture.request())
        let body = Body([1])
        await #expect(throws: UploadError.self) {
            _ = try await transfer.receiveAppend(
                body, to: id, AppendRequest(offset: 7, declaredLength: 9), by: fixture.anna)
        }
        #expect(try await status(id).session.spec.expectedBytes == nil)
        await #expect(throws: TransferError.exceedsLength(9)) {
            _ = try await transfer.receiveAppend(
                body, to: id, AppendRequest(offset: 0, declaredLength: 9, announcedBytes: 10), by: fixture.anna)
        }
        await #expect(throws: TransferError.contradictsLength) {
            _ = try await transfer.receiveAppend(
                body, to: id, AppendRequest(offset: 0, declaredLength: 8), by: fixture.anna)
        }
        #expect(!body.isRead)
        #expect(try await status(id).session.spec.expectedBytes == 9)
    }

    @Test func `of a buffer that crosses the end of the upload the bytes before it are written`() async throws {
        let id = try await fixture.begin(fixture.request(length: 20))
        await #expect(throws: TransferError.exceedsLength(20)) {
            _ = try await transfer.receiveAppend(
                Body(Array(0..<5), Array(0..<16)), to: id, AppendRequest(offset: 0), by: fixture.anna)
        }
        #expect(try await status(id).session.offset == 20)
    }

    @Test func `an append that states its end completes the upload there and nowhere else`() async throws {
        let id = try await fixture.begin(fixture.request(length: 40))
        func append(_ offset: UInt64, _ body: Body, announced: UInt64? = nil, isLast: Bool) async throws -> Bool {
            let append = AppendRequest(
                offset: offset, announcedBytes: announced, completion: .stated(isLast: isLast))
            return try await transfer.receiveAppend(body, to: id, append, by: fixture.anna).record.blob != nil
        }
        let unread = Body([1])
        await #expect(throws: TransferError.contradictsLength) {
            _ = try await append(0, unread, announced: 39, isLast: true)
        }
        #expect(!unread.isRead)
        await #expect(throws: TransferError.contradictsLength) {
            _ = try await append(0, Body([UInt8](repeating: 1, count: 30)), isLast: true)
        }
        #expect(try await !append(30, Body([UInt8](repeating: 1, count: 10)), isLast: false))
        #expect(try await status(id).session.offset == 40)
        #expect(try await status(id).blob == nil)
        #expect(try await append(40, Body([]), isLast: true))
    }

    @Test func `the announced end of a last append is the length of an upload that had none`() async throws {
        let id = try await fixture.begin(fixture.request())
        await #expect(throws: Body.Broken.self) {
            _ = try await transfer.receiveAppend(
                Body([1, 2, 3], isBroken: true), to: id,
                AppendRequest(offset: 0, announcedBytes: 9, completion: .stated(isLast: true)), by: fixture.anna)
        }
        #expect(try await status(id).session.spec.expectedBytes == 9)
        #expect(try await status(id).session.offset == 3)
    }

    @Test func `durable offsets are reported while a body is received`() async throws {
        let id = try await fixture.begin(fixture.request())
        let offsets = Mutex<[UInt64]>([])
        let piece = [UInt8](repeating: 1, count: 40_000)
        let append = AppendRequest(offset: 0) { offset in offsets.withLock { $0.append(offset) } }
        _ = try await transfer.receiveAppend(Body(piece, piece, piece, piece), to: id, append, by: fixture.anna)
        #expect(offsets.withLock { $0 } == [0, 80_000, 160_000])
    }

    // MARK: - Initial requests

    @Test func `a new upload whose body breaks off is aborted, unless its client knows the id`() async throws {
        func receive(_ key: String?) async throws {
            _ = try await transfer.receiveInitial(
                Body([1, 2, 3], isBroken: true), hasBody: true, fixture.request(length: 20, key: key),
                AppendRequest(offset: 0), isIdKnown: key != nil, by: fixture.anna)
        }
        await #expect(throws: Body.Broken.self) { try await receive(nil) }
        await #expect(throws: Body.Broken.self) { try await receive("key") }
        let left = try await transfer.uploads.uploads(in: fixture.capsule, by: fixture.anna)
        #expect(left.filter { $0.record.session.meta.status.isPending }.map(\.record.session.offset) == [3])
        // Repeated, it is returned as it is, with no byte read.
        let body = Body([1, 2, 3])
        let record = try await transfer.receiveInitial(
            body, hasBody: true, fixture.request(length: 20, key: "key"), AppendRequest(offset: 0), isIdKnown: true,
            by: fixture.anna)
        #expect(record.session.offset == 3 && !body.isRead)
    }

    @Test func `a small whole upload takes no object, and its checksum is verified first`() async throws {
        func receive(_ checksum: SumChecksum) async throws -> UploadRecord {
            try await transfer.receiveInitial(
                Body([1, 2], [3]), hasBody: true, fixture.request(length: 3),
                AppendRequest(offset: 0, announcedBytes: 3, checksum: checksum), isIdKnown: false, by: fixture.anna)
        }
        await #expect(throws: SumChecksum.Mismatch.self) { _ = try await receive(SumChecksum(7)) }
        let record = try await receive(SumChecksum(6))
        #expect(record.blob != nil && record.meta.storage == .catalogue)
        #expect(try await fixture.bytes(of: record.id) == [1, 2, 3])
        let body = Body([1])
        await #expect(throws: UploadError.self) {
            _ = try await transfer.receiveInitial(
                body, hasBody: true, fixture.request(length: 1), AppendRequest(offset: 0, announcedBytes: 1),
                isIdKnown: false, by: fixture.mallory)
        }
        #expect(!body.isRead)
    }

    // MARK: - Wholes

    @Test(arguments: [3, 8, 9, 65_536, 65_537, 200_000])
    func `a body of unknown length is stored whole, in one transaction or in chunks`(_ size: Int) async throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let began = try await transfer.receiveWhole(
            Body(Array(bytes.prefix(5)), Array(bytes.dropFirst(5).prefix(100_000)), Array(bytes.dropFirst(100_005))),
            fixture.request(), accessCheck: .inTransaction, by: fixture.anna)
        #expect(began.record.blob != nil)
        #expect(began.record.meta.storage == (size <= 8 ? .catalogue : .file))
        #expect(try await fixture.bytes(of: began.record.id) == bytes)
        #expect(fixture.reports.acknowledged == size)
    }

    @Test func `a repeated whole upload is compared with the first one`() async throws {
        func receive(_ bytes: [UInt8]) async throws -> Began {
            try await transfer.receiveWhole(
                Body(bytes), fixture.request(length: 20, key: "key"), accessCheck: .beforeBody, by: fixture.anna)
        }
        let first = try await receive(Array(0..<20))
        guard case .replayed(let again) = try await receive(Array(0..<20)) else {
            Issue.record("it was made twice")
            return
        }
        #expect(again.id == first.record.id)
        let error = await #expect(throws: UploadError.self) { _ = try await receive(Array(1..<21)) }
        #expect(error?.code == .idempotencyConflict)
    }

    // MARK: - Downloads

    @Test func `a download with missing bytes fails with the upload and the reason`() async throws {
        let began = try await transfer.receiveWhole(
            Body(Array(0..<50)), fixture.request(length: 50), accessCheck: .beforeBody, by: fixture.anna)
        try await fixture.blobs.remove([began.record.meta.key])
        let failure = await #expect(throws: DownloadFailure.self) { _ = try await fixture.bytes(of: began.record.id) }
        #expect(failure?.upload == began.record.id)
        #expect(failure?.error.code == .storeCorrupt)
        let error = await #expect(throws: UploadError.self) {
            _ = try await transfer.openDownload(BlobId(began.record.id), by: fixture.mallory)
        }
        #expect(error?.code == .notFound)
    }

    @Test func `a download without files begins with its first bytes, or fails before anything is sent`() async throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let began = try await transfer.receiveWhole(
            Body(bytes), fixture.request(length: 300_000), accessCheck: .beforeBody, by: fixture.anna)
        let download = try await transfer.openDownload(BlobId(began.record.id), by: fixture.anna).download
        var sink = MemorySink()
        let range: Range<UInt64> = 100..<299_000
        try await download.send(range, opened: try await download.open(range), to: &sink)
        #expect(sink.bytes == Array(bytes[100..<299_000]))
        try await fixture.blobs.remove([began.record.meta.key])
        let error = await #expect(throws: UploadError.self) { _ = try await download.open(range) }
        #expect(error?.code == .storeCorrupt)
        _ = try await transfer.uploads.deleteBlob(BlobId(began.record.id), by: fixture.anna)
        let deleted = await #expect(throws: UploadError.self) { _ = try await download.open(range) }
        #expect(deleted?.code == .notFound)
    }

    @Test(arguments: [0..<50, 49..<50, 10..<20] as [Range<UInt64>])
    func `a file is opened only with the whole length of its object, whatever the range`(
        _ range: Range<UInt64>
    ) async throws {
        let files = ShortFiles()
        let fixture = try await TransferFixture(files: files)
        let began = try await fixture.transfer.receiveWhole(
            Body(Array(0..<50)), fixture.request(length: 50), accessCheck: .beforeBody, by: fixture.anna)
        let download = try await fixture.transfer.openDownload(BlobId(began.record.id), by: fixture.anna).download
        let error = await #expect(throws: UploadError.self) { _ = try await download.open(range) }
        #expect(error?.code == .storeCorrupt)
        let failure = await #expect(throws: DownloadFailure.self) {
            var sink = MemorySink()
            try await download.send(range, opened: nil, to: &sink)
        }
        #expect(failure?.error.code == .storeCorrupt)
        #expect(files.lengths == [50, 50])
    }
}
