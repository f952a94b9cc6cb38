import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

/// Two engines over one catalogue and one bucket.
struct ServiceTests {
    @Test func `an upload that one engine began is continued and committed by the other`() async throws {
        try await run { engines in
            let bytes = content(100)
            let id = try await engines.begin(length: 100)
            let writer = try await engines.a.openAppend(id, at: 0, by: engines.ben)
            try await writer.write(bytes[..<40])
            await writer.cancel()
            #expect(try await engines.b.resumableStatus(of: id, by: engines.ben).session.offset == 40)
            _ = try await engines.b.append(id, at: 40, bytes[40...], by: engines.ben)
            let committed = try await engines.b.commit(id, digest: Digest(of: bytes), by: engines.ben)
            #expect(committed.digest == .whole(Digest(of: bytes)))
            var reader = try await engines.a.read(BlobId(id), by: engines.ben)
            #expect(try await reader.readAll() == bytes)
            try await engines.a.deleteBlob(BlobId(id), by: engines.ben)
            #expect(engines.fake.objects.isEmpty)
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `a client that goes on after every error stores its bytes on an engine that fails often`(
        _ seed: UInt64
    ) async throws {
        try await run { engines in
            let random = Mutex(SeededRandom(seed: seed))
            engines.fake.behave { request, _ in
                switch random.withLock({ $0.below(8) }) {
                case 0: .lost
                case 1: .late
                case 2: .status(500, code: "InternalError")
                case 3 where request.method == "GET": .truncated(5)
                default: .normal
                }
            }
            let bytes = content(300, seed: seed)
            let id = try await engines.begin(length: 300)
            var told: UInt64 = 0
            for turn in 0..<1000 where told < 300 {
                let engine = turn % 2 == 0 ? engines.a : engines.b
                guard let status = try? await engine.resumableStatus(of: id, by: engines.ben) else { continue }
                let offset = status.session.offset
                #expect(offset >= told)
                told = offset
                let count = min(random.withLock { $0.within(1...90) }, 300 - Int(offset))
                guard count > 0, let writer = try? await engine.openAppend(id, at: offset, by: engines.ben) else {
                    continue
                }
                try? await writer.write(bytes[Int(offset)..<Int(offset) + count])
                _ = try? await writer.complete()
            }
            engines.fake.behave { _, _ in .normal }
            #expect(try await engines.b.commit(id, by: engines.ben).digest == .whole(Digest(of: bytes)))
            engines.fake.processLate()
            var reader = try await engines.a.read(BlobId(id), by: engines.ben)
            #expect(try await reader.readAll() == bytes)

            // What stays after the deletion was announced, and no record took it: the catalogue sweeps it.
            let recorded = engines.catalogue.taken
            try await engines.a.deleteBlob(BlobId(id), by: engines.ben)
            let left = engines.fake.objects.keys.compactMap(engines.store.client.key)
            #expect(left.count == engines.fake.objects.count)
            #expect(Set(left).isDisjoint(with: recorded))
            #expect(Set(left).isSubset(of: engines.catalogue.announced))
        }
    }

    @Test func `a check compares the records with the bucket, reads its bytes, and repairs`() async throws {
        try await run { engines in
            let bytes = content(100)
            let id = try await engines.begin(length: 100)
            _ = try await engines.a.append(id, at: 0, bytes[...], by: engines.ben)
            _ = try await engines.a.commit(id, by: engines.ben)
            let service = engines.b
            #expect(try await issues(of: service, verifyingBytes: true) == [])

            let names = engines.fake.objects.keys.sorted()
            let orphan = engines.store.client.name(of: SeededKeys(9).next())
            engines.fake.change { fake in
                fake.objects[names[0]] = nil
                fake.objects[names[1]]?.append(1)
                fake.objects[names[2]]?[3] ^= 1
                fake.objects[orphan] = content(7)
                fake.objects["wharf/segments/stray"] = content(1)
            }
            let kinds = try await issues(of: service, verifyingBytes: true).map(\.kind)
            #expect(kinds.count == 5)
            #expect(Set(kinds) == [.missingObject, .longObject, .orphanObject, .unknownFile, .unreadable])
            #expect(try await issues(of: service).count == 4)
            for issue in try await issues(of: service) { try await service.maintenance.repair(issue) }
            #expect(engines.fake.objects[orphan] == nil)
            #expect(engines.fake.objects["wharf/quarantine/" + orphan.suffix(64)] == content(7))
            #expect(try await issues(of: service).count == 3)
        }
    }

    private func issues(
        of service: Engines.Service, verifyingBytes: Bool = false
    ) async throws -> [CheckIssue] {
        var check = service.maintenance.segmentCheck(verifyingBytes: verifyingBytes)
        var found: [CheckIssue] = []
        while let issues = try await check.step() { found += issues }
        return found
    }

    private func run(_ body: (Engines) async throws -> Void) async throws {
        try await FakeS3.run { fake in
            let engines = try await Engines(fake)
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(engines))
            } catch {
                outcome = .failure(error)
            }
            await engines.store.shutdown()
            await engines.otherStore.shutdown()
            try outcome.get()
        }
    }
}

private struct Engines {
    typealias Service = UploadService<ModelCatalogue, S3BlobStore, ManualClock>

    let fake: FakeS3
    let catalogue = AnnouncingCatalogue()
    let store: S3BlobStore
    let otherStore: S3BlobStore
    let a: Service
    let b: Service
    let ben = Principal("ben")
    private let capsule: CapsuleId

    init(_ fake: FakeS3) async throws {
        self.fake = fake
        let clock = ManualClock()
        var limits = Limits()
        limits.catalogueBytesMax = 0
        var settings = S3Settings.small
        settings.attemptsMax = 3
        store = S3BlobStore(
            try fake.location(), FakeS3.credentials, catalogue: catalogue, clock: clock, settings: settings,
            timer: Waits().timer, makeKey: SeededKeys(1).next)
        otherStore = S3BlobStore(
            try fake.location(), FakeS3.credentials, catalogue: catalogue, clock: clock, settings: settings,
            timer: Waits().timer, makeKey: SeededKeys(2).next)
        a = try Service(catalogue: catalogue.model, blobs: store, clock: clock, limits: limits)
        b = try Service(catalogue: catalogue.model, blobs: otherStore, clock: clock, limits: limits)
        capsule = try await a.createCapsule(title: "wedding", by: ben).id
    }

    func begin(length: UInt64) async throws -> SessionId {
        let request = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "photo.jpg"), layout: .append, length: length)
        return try await a.beginUpload(request, by: ben).record.id
    }
}

/// The model of a catalogue, which keeps receipts, and what was announced.
private final class AnnouncingCatalogue: SegmentCatalogue {
    let model = ModelCatalogue(isShared: true)
    private let state = Mutex<(announced: Set<ObjectKey>, taken: Set<ObjectKey>)>(([], []))

    func announce(_ keys: [ObjectKey]) async throws(UploadError) {
        try await model.announce(keys)
        state.withLock { $0.announced.formUnion(keys) }
    }

    func receipts(of key: ObjectKey, in range: Range<UInt64>) async throws(UploadError) -> [StorageReceipt] {
        let receipts = try await model.receipts(of: key, in: range)
        state.withLock { $0.taken.formUnion(receipts.map(\.key)) }
        return receipts
    }

    var announced: Set<ObjectKey> { state.withLock { $0.announced } }
    /// The keys of receipts that were read.
    var taken: Set<ObjectKey> { state.withLock { $0.taken } }
}
