import Glibc
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

/// Against a real engine, which scripts/test-s3 starts. Each test has a prefix of its own.
@Suite(.enabled(if: BlobStorageS3Environment.location != nil))
struct EngineTests {
    private static var credentials: S3Credentials {
        get throws {
            try S3Credentials(environment: [
                "AWS_ACCESS_KEY_ID": BlobStorageS3Environment.variable("AWS_ACCESS_KEY_ID") ?? "",
                "AWS_SECRET_ACCESS_KEY": BlobStorageS3Environment.variable("AWS_SECRET_ACCESS_KEY") ?? "",
            ])
        }
    }

    /// The location with another bucket and settings, and a prefix that no other test has.
    private static func location(bucket: String = "photos", _ settings: String = "") throws -> S3Location {
        let parts = try #require(BlobStorageS3Environment.location).split(separator: "?")
        let prefix = ObjectKey.random().digest.hex.prefix(16)
        return try S3Location(parsing: "s3://\(bucket)/\(prefix)?\(parts[1])\(settings)")
    }

    private func run(
        _ location: S3Location, _ catalogue: any SegmentCatalogue = RecordingCatalogue(),
        credentials: S3Credentials? = nil, settings: S3Settings = S3Settings(),
        _ body: (S3BlobStore) async throws -> Void
    ) async throws {
        let store = S3BlobStore(
            location, try credentials ?? Self.credentials, catalogue: catalogue, clock: RealClock(),
            settings: settings, timer: .system, makeKey: ObjectKey.random)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(store))
        } catch {
            outcome = .failure(error)
        }
        await store.shutdown()
        try outcome.get()
    }

    @Test(arguments: ReceiptContract.checks)
    func `the store holds the laws of receipts`(_ check: ReceiptContract.Check) async throws {
        let location = try Self.location()
        let made = Mutex<S3BlobStore?>(nil)
        let outcome: Result<Void, any Error>
        do {
            try await check.run { catalogue in
                let store = S3BlobStore(
                    location, try Self.credentials, catalogue: catalogue, clock: RealClock(), settings: .small,
                    timer: .system, makeKey: ObjectKey.random)
                made.withLock { $0 = store }
                return store
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await made.withLock { $0 }?.shutdown()
        try outcome.get()
    }

    @Test(arguments: ["", "&integrity=content-md5", "&integrity=none", "&deletion-batch=1"])
    func `the probe accepts the engine and leaves nothing`(_ settings: String) async throws {
        let location = try Self.location(settings)
        try await run(location) { store in
            try await store.prepare()
            let (objects, _) = try await store.client.list(prefix: location.prefix, startAfter: nil, limit: 10)
            #expect(objects == [])
        }
    }

    @Test func `the probe finds a wrong secret, a missing bucket, and a check that the engine lacks`() async throws {
        let wrong = S3Credentials(accessKey: try Self.credentials.accessKey, secretKey: "wrong")
        try await run(try Self.location(), credentials: wrong) { store in
            let error = await #expect(throws: S3Error.self) { try await store.prepare() }
            #expect(error?.kind == .configuration)
            #expect(error?.description.contains("SignatureDoesNotMatch") == true, "\(error?.description ?? "")")
        }
        try await run(try Self.location(bucket: "no-such-bucket")) { store in
            let error = await #expect(throws: S3Error.self) { try await store.prepare() }
            #expect(error?.description.contains("no bucket") == true, "\(error?.description ?? "")")
        }
        guard BlobStorageS3Environment.location?.contains("preset=seaweedfs") == true else { return }
        try await run(try Self.location("&integrity=signed-payload")) { store in
            let error = await #expect(throws: S3Error.self) { try await store.prepare() }
            #expect(error?.description.contains("does not verify") == true, "\(error?.description ?? "")")
        }
    }

    @Test func `large uploads, deletions, lists and the quarantine`() async throws {
        let catalogue = RecordingCatalogue()
        try await run(try Self.location(), catalogue) { store in
            let bytes = content(21 << 20 | 77)
            let fixture = UploadedBytes(store: store, catalogue: catalogue)
            let receipts = try await fixture.write(bytes)
            #expect(receipts.map(\.range.count) == [1 << 20, 2 << 20, 4 << 20, 8 << 20, 6 << 20 | 77])
            #expect(try await fixture.read(0..<bytes.count) == bytes)
            #expect(try await fixture.read(1_000_000..<9_000_001) == Array(bytes[1_000_000..<9_000_001]))

            var records = receipts.map { RecordedSegment(key: $0.key, byteCount: UInt64($0.range.count)) }
            records.sort { $0.key.digest.hex < $1.key.digest.hex }
            #expect(try await fixture.stored() == records)
            for record in records {
                #expect(try await store.size(ofSegment: record.key) == record.byteCount)
            }
            try await store.remove([records[1].key])
            #expect(try await store.size(ofSegment: records[1].key) == nil)
            #expect(try await store.quarantine(segment: records[3].key))
            #expect(try await store.size(ofSegment: records[3].key) == nil)
            let copy = store.client.quarantineName(of: records[3].key)
            #expect(try await store.client.size(named: copy) == records[3].byteCount)
            try await store.removeObjects([copy])
            #expect(try await fixture.stored() == [records[0], records[2], records[4]])

            // More than one request's worth; most do not exist.
            try await store.remove(records.map(\.key) + (0..<1200).map { _ in ObjectKey.random() })
            #expect(try await fixture.stored() == [])
            let error = await #expect(throws: UploadError.self) { try await fixture.read(0..<1) }
            #expect(error?.code == .storeCorrupt)
        }
    }

    @Test func `multipart uploads below a prefix are listed until they are aborted`() async throws {
        let location = try Self.location()
        let prefix = try #require(PublicationPrefix("for/people"))
        try await run(location) { store in
            let other = try #require(PublicationPrefix("for/people2"))
            let folder = prefix.folder(at: location.prefix)
            let names = ["\(folder)a/b/c.jpg", "\(folder)a/b/d.jpg", "\(other.folder(at: location.prefix))a/b/c.jpg"]
            for name in names {
                _ = try await store.client.stored(S3Request(method: .post, name: name, query: [("uploads", "")]))
            }
            let listed = try await store.multiparts(below: prefix)
            #expect(Set(listed.map(\.name)) == Set(names[...1]))
            for upload in listed + listed { try await store.abortMultipart(upload.id, named: upload.name) }
            #expect(try await store.multiparts(below: prefix) == [])
            #expect(try await store.multiparts(below: other).map(\.name) == [names[2]])
            try await store.abortMultiparts(of: names[2])
            #expect(try await store.multiparts(below: other) == [])
        }
    }

    @Test func `uploads at once share the smallest memory`() async throws {
        var settings = S3Settings()
        settings.memoryBytesMax = S3Settings.memoryBytesMin
        let catalogue = RecordingCatalogue()
        try await run(try Self.location(), catalogue, settings: settings) { store in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for seed in 1...16 as ClosedRange<UInt64> {
                    group.addTask {
                        let receipts = try await UploadedBytes(store: store, catalogue: RecordingCatalogue())
                            .write(content(2 << 20, seed: seed))
                        return receipts.map(\.range.count).reduce(0, +)
                    }
                }
                var sum = 0
                for try await count in group { sum += count }
                #expect(sum == 32 << 20)
            }
            #expect(store.writer.memory.freePages == store.writer.memory.pageCount)
        }
    }
}

/// The system's time; signatures of real engines need it.
private struct RealClock: WallClock {
    private let start = ContinuousClock.now

    func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    func uptimeMilliseconds() -> Int64 {
        Int64((ContinuousClock.now - start) / .milliseconds(1))
    }
}
