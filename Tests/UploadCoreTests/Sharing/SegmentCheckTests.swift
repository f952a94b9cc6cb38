import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// The check of a store of segments.
@Suite struct SegmentCheckTests {
    @Test func `pending and committed uploads, and what waits for its sweep, are no issues`() async throws {
        let store = try await CheckedStore()
        _ = try await store.committed(content(50))
        let pending = try await store.begin(.chunks(size: 20), length: 50)
        try await store.service.putChunk(pending, index: 1, content(20, from: 20), by: store.ben)
        // Written and not recorded.
        let writer = try await store.service.openAppend(try await store.begin(.append), at: 0, by: store.ben)
        try await writer.write(content(40))
        let (issues, totals) = try await store.check()
        #expect(issues == [])
        #expect(totals.uploads == 3 && totals.findings == 0 && totals.bytesVerified == 0)
        #expect(totals.objects == UInt64(store.segments.segmentKeys.count))
        store.catalogue.expireAnnouncements()
        #expect(try await store.check().issues == [])
        await writer.cancel()
    }

    @Test func `a committed blob whose segment is missing is found, with its copies, and nothing can be repaired`()
        async throws
    {
        let store = try await CheckedStore()
        let blob = try await store.committed(content(50))
        let copy = try await store.service.copy(BlobId(blob), store.request(.append), by: store.ben).record.id
        let copyOfCopy = try await store.service.copy(BlobId(copy), store.request(.append), by: store.ben).record.id
        let lost = try await store.keys(of: blob)[1]
        store.segments.change { $0[lost] = nil }
        let issues = try await store.check().issues
        #expect(issues.map(\.kind) == [.missingObject, .digestMismatch, .digestMismatch])
        #expect(issues.first?.upload == blob && Set(issues.dropFirst().map(\.upload)) == [copy, copyOfCopy])
        #expect(issues.allSatisfy { $0.repair == nil })
        #expect(issues[0].detail == "segment \(lost.digest.hex) (“photo.jpg”, bytes 16 to 31) is missing")
        #expect(issues[0].advice.contains("delete the blob"))
    }

    @Test(arguments: [15, 17, 0]) func `a segment of another size is found`(_ size: Int) async throws {
        let store = try await CheckedStore()
        let blob = try await store.committed(content(50))
        let key = try await store.keys(of: blob)[0]
        store.segments.change { $0[key] = content(size) }
        let issues = try await store.check().issues
        #expect(issues.map(\.kind) == [size < 16 ? .shortObject : .longObject])
        #expect(issues.first?.detail.hasSuffix("has \(size) of 16 bytes") == true)
    }

    @Test(arguments: [BeginRequest.Layout.append, .chunks(size: 20)])
    func `lost pieces of a pending upload are sent again after a repair, and no holder commits without them`(
        _ layout: BeginRequest.Layout
    ) async throws {
        let store = try await CheckedStore()
        _ = try await store.committed(content(10))
        let id = try await store.begin(layout, length: 50)
        try await store.send(content(50), to: id, layout)
        let holder = try #require(try await store.catalogue.upload(id))
        let lost = try await store.keys(of: id)[1]
        let stored = store.segments.change { $0.removeValue(forKey: lost) }

        let (issues, _) = try await store.check()
        #expect(issues.map(\.kind) == [.missingObject])
        #expect(issues.first?.repair == .forgetLostSegment(lost))
        // An object that is there again is not given up.
        store.segments.change { $0[lost] = stored }
        #expect(try await !store.service.maintenance.repair(try #require(issues.first)))
        #expect(try await store.check().issues == [])
        store.segments.change { $0[lost] = nil }
        #expect(try await store.service.maintenance.repair(try #require(issues.first)))
        #expect(try await store.check().issues == [])
        // A repeated repair changes nothing.
        #expect(try await !store.service.maintenance.repair(try #require(issues.first)))
        await #expect(throws: UploadError.self) {
            try await store.catalogue.commit(
                id, length: 50, digest: .whole(Digest(of: content(50))), fence: holder.fence, at: store.clock.now(),
                checkAccess: { _ in })
        }
        try await store.send(content(50), to: id, layout)
        #expect(
            try await store.service.commit(id, by: store.ben).digest == .whole(Digest(of: content(50))))
        #expect(try await store.check(verifyingBytes: true).issues == [])
    }

    @Test func `an object that nobody knows is found, and quarantined by a repair`() async throws {
        let store = try await CheckedStore()
        _ = try await store.committed(content(50))
        let orphan = ObjectKey(Digest(of: [7]))
        store.segments.change { $0[orphan] = content(5) }
        let issues = try await store.check().issues
        #expect(issues.map(\.kind) == [.orphanObject] && issues.map(\.repair) == [.quarantineSegment(orphan)])
        #expect(store.segments.segmentKeys.contains(orphan))
        #expect(try await store.service.maintenance.repair(try #require(issues.first)))
        #expect(store.segments.quarantined == [orphan])
        #expect(try await store.check().issues == [])
    }

    @Test func `an object that became known since the check is not quarantined`() async throws {
        let store = try await CheckedStore()
        _ = try await store.committed(content(50))
        let orphan = ObjectKey(Digest(of: [7]))
        store.segments.change { $0[orphan] = content(5) }
        let issue = try #require(try await store.check().issues.first)
        try await store.catalogue.announce([orphan])
        #expect(try await !store.service.maintenance.repair(issue))
        #expect(store.segments.segmentKeys.contains(orphan))
    }

    @Test func `in a bucket without any recorded segment nothing is repaired`() async throws {
        let store = try await CheckedStore()
        let id = try await store.begin(.append, length: 50)
        try await store.send(content(20), to: id, .append)
        store.segments.change { $0 = [ObjectKey(Digest(of: [7])): content(5)] }
        let issues = try await store.check().issues
        #expect(Set(issues.map(\.kind)) == [.missingObject, .orphanObject] && issues.count == 3)
        #expect(issues.allSatisfy { $0.repair == nil })
        #expect(issues.first { $0.kind == .orphanObject }?.advice.contains("belong together") == true)
    }

    @Test func `damaged bytes are found only where bytes are read, and those of a pending upload are repaired`()
        async throws
    {
        let store = try await CheckedStore()
        let blob = try await store.committed(content(50))
        let id = try await store.begin(.chunks(size: 20), length: 50)
        try await store.send(content(50), to: id, .chunks(size: 20))
        for upload in [blob, id] {
            let key = try await store.keys(of: upload)[1]
            store.segments.change { $0[key] = $0[key]?.map { ~$0 } }
        }
        #expect(try await store.check().issues == [])
        let (issues, totals) = try await store.check(verifyingBytes: true)
        // The chunk has two segments, and its checksum does not tell which of them is damaged.
        #expect(issues.filter { $0.upload == blob }.map(\.kind) == [.digestMismatch])
        #expect(issues.filter { $0.upload == id }.map(\.kind) == [.damagedBytes, .damagedBytes])
        #expect(totals.bytesVerified == 100 && totals.findings == 3)
        for issue in issues { _ = try await store.service.maintenance.repair(issue) }
        #expect(try await store.check(verifyingBytes: true).issues.map(\.upload) == [blob])
        try await store.send(content(50), to: id, .chunks(size: 20))
        #expect(try await store.service.commit(id, by: store.ben).digest == .whole(Digest(of: content(50))))
    }

    /// Before and after every look into the bucket other engines begin, write, commit, end and sweep.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `what other engines do meanwhile is no issue, and damage is found all the same`(_ seed: UInt64) async throws {
        let store = try await CheckedStore()
        let random = Mutex(SeededRandom(seed: seed))
        for count in 1...4 { _ = try await store.committed(content(20 * count)) }
        let damaged = try await store.committed(content(50))
        let lost = try await store.keys(of: damaged)[0]
        let orphan = ObjectKey(Digest(of: [7]))
        store.segments.change { segments in
            segments[lost] = nil
            segments[orphan] = content(5)
        }
        // Without an end the list would grow faster than it is read.
        let changesLeft = Mutex(60)
        store.busy.interpose {
            let isLeft = changesLeft.withLock { left in
                left -= 1
                return left >= 0
            }
            if isLeft { try? await store.change(sparing: damaged, random) }
        }
        for verifies in [false, true] {
            let issues = try await store.check(verifyingBytes: verifies).issues.filter { $0.kind != .unreadable }
            #expect(issues.count == 2 && Set(issues.map(\.kind)) == [.missingObject, .orphanObject], "\(issues)")
            #expect(Set(issues.map(\.upload)) == [damaged, nil])
        }
    }
}

/// One engine over models of a shared catalogue and a bucket.
private final class CheckedStore: Sendable {
    typealias Service = UploadService<ModelCatalogue, BusySegmentStore, ManualClock>

    let clock = ManualClock()
    let catalogue = ModelCatalogue(isShared: true)
    let segments: ModelSegmentStore
    let busy: BusySegmentStore
    let service: Service
    let ben = Principal("ben")
    private let capsule: CapsuleId
    private let blobs = Mutex<[SessionId]>([])

    init() async throws {
        segments = ModelSegmentStore(index: catalogue)
        busy = BusySegmentStore(model: segments)
        var limits = Limits()
        limits.catalogueBytesMax = 0
        service = try Service(catalogue: catalogue, blobs: busy, clock: clock, limits: limits)
        capsule = try await service.createCapsule(title: "wedding", by: ben).id
    }

    func request(_ layout: BeginRequest.Layout, length: UInt64? = nil) -> BeginRequest {
        BeginRequest(capsule: capsule, asset: AssetMetadata(name: "photo.jpg"), layout: layout, length: length)
    }

    func begin(_ layout: BeginRequest.Layout, length: UInt64? = nil) async throws -> SessionId {
        try await service.beginUpload(request(layout, length: length), by: ben).record.id
    }

    /// Sends what is not durable.
    func send(_ bytes: [UInt8], to id: SessionId, _ layout: BeginRequest.Layout) async throws {
        let session = try await service.resumableStatus(of: id, by: ben).session
        guard case .chunks(let size?) = layout else {
            let offset = Int(session.offset)
            _ = try await service.append(id, at: UInt64(offset), bytes[offset...], by: ben)
            return
        }
        for start in stride(from: 0, to: bytes.count, by: Int(size)) {
            try await service.putChunk(
                id, index: UInt64(start) / size, bytes[start..<min(start + Int(size), bytes.count)], by: ben)
        }
    }

    func committed(_ bytes: [UInt8]) async throws -> SessionId {
        let id = try await begin(.append, length: UInt64(bytes.count))
        try await send(bytes, to: id, .append)
        _ = try await service.commit(id, by: ben)
        blobs.withLock { $0.append(id) }
        return id
    }

    /// The segments of an upload in the order of its bytes.
    func keys(of id: SessionId) async throws -> [ObjectKey] {
        let record = try #require(try await catalogue.upload(id))
        return try await catalogue.receipts(of: record.meta.key, in: 0..<UInt64(Int64.max)).map(\.key)
    }

    func check(
        verifyingBytes: Bool = false
    ) async throws -> (issues: [CheckIssue], totals: SegmentCheckTotals) {
        var check = service.maintenance.segmentCheck(verifyingBytes: verifyingBytes)
        var found: [CheckIssue] = []
        while let issues = try await check.step() { found += issues }
        return (found, check.totals)
    }

    /// Does something that other engines may do at any time.
    func change(sparing damaged: SessionId, _ random: borrowing Mutex<SeededRandom>) async throws {
        switch random.withLock({ $0.below(5) }) {
        case 0: _ = try await committed(content(random.withLock { $0.within(1...70) }))
        case 1:
            let id = try await begin(.append, length: 60)
            try await send(content(30), to: id, .append)
        case 2:
            let others = blobs.withLock { $0.filter { $0 != damaged } }
            guard !others.isEmpty else { return }
            let id = others[random.withLock { $0.below(others.count) }]
            blobs.withLock { blobs in blobs.removeAll { $0 == id } }
            try await service.deleteBlob(BlobId(id), by: ben)
        case 3:
            let writer = try await service.openAppend(try await begin(.append), at: 0, by: ben)
            try await writer.write(content(40))
            await writer.cancel()
        default: _ = try await service.maintenance.recover()
        }
    }
}

/// A store of segments around whose looks for a check something else happens.
private struct BusySegmentStore: SegmentStoreMaintenance {
    private final class Interposed: Sendable {
        struct State {
            var change: (@Sendable () async -> Void)?
        }

        let state = Mutex(State())
    }

    let model: ModelSegmentStore
    private let interposed = Interposed()

    init(model: ModelSegmentStore) {
        self.model = model
    }

    func interpose(_ change: @escaping @Sendable () async -> Void) { interposed.state.withLock { $0.change = change } }

    private func around<Value>(_ look: () async throws(UploadError) -> Value) async throws(UploadError) -> Value {
        let change = interposed.state.withLock { $0.change }
        await change?()
        let value = try await look()
        await change?()
        return value
    }

    var givesReceipts: Bool { model.givesReceipts }

    func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> ModelSegmentSink {
        model.sink(for: meta, spec, hasDurableBytes: hasDurableBytes)
    }

    func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> ModelSegmentStream { model.stream(key, range) }

    func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        try await model.scan(key, range, visit)
    }

    func remove(_ keys: [ObjectKey]) async throws(UploadError) { try await model.remove(keys) }

    func storedSegments(after name: String?) async throws(UploadError) -> StoredSegments {
        try await around { () throws(UploadError) in try await model.storedSegments(after: name) }
    }

    func size(ofSegment key: ObjectKey) async throws(UploadError) -> UInt64? {
        try await around { () throws(UploadError) in try await model.size(ofSegment: key) }
    }

    func path(ofSegment key: ObjectKey) -> String { model.path(ofSegment: key) }

    func quarantine(segment key: ObjectKey) async throws(UploadError) -> Bool {
        try await model.quarantine(segment: key)
    }
}

/// Objects that cannot be removed.
@Suite struct UnremovableSegmentTests {
    @Test func `a segment that cannot be removed holds up no other, and is told`() async throws {
        let store = try await CheckedStore()
        let blobs = [try await store.committed(content(50)), try await store.committed(content(50))]
        let stuck = try await store.keys(of: blobs[0])[1]
        store.segments.makeStuck([stuck])
        // Removes what another process left, in batches, whose first has the segment.
        for blob in blobs {
            _ = try await store.catalogue.deleteBlob(BlobId(blob), at: store.clock.now(), checkAccess: { _ in })
        }
        let error = await #expect(throws: UploadError.self) { try await store.unhindered.maintenance.recover() }
        #expect(error?.debugDescription.contains("\(stuck.digest.hex) is stuck") == true)
        #expect(store.segments.segmentKeys == [stuck])
        #expect(try await store.catalogue.garbage(limit: 9) == [stuck])

        store.segments.makeStuck([])
        #expect(try await store.unhindered.maintenance.recover() == [.removeGarbage(stuck)])
        #expect(store.segments.segmentKeys.isEmpty)
    }

    @Test func `a segment that cannot be removed keeps no ended upload beyond its retention`() async throws {
        let store = try await CheckedStore()
        let blob = try await store.committed(content(50))
        store.segments.makeStuck([try await store.keys(of: blob)[1]])
        _ = try await store.catalogue.deleteBlob(BlobId(blob), at: store.clock.now(), checkAccess: { _ in })
        // The last upload that began stays: its number is not used twice.
        _ = try await store.begin(.append)
        let engine = try store.unhindered
        store.clock.advance(milliseconds: 2 * Limits().endedRetentionMilliseconds)
        await #expect(throws: UploadError.self) { try await engine.maintenance.expire() }
        #expect(try await store.catalogue.upload(blob) == nil)
    }
}

extension CheckedStore {
    /// An engine whose bucket is the model itself.
    fileprivate var unhindered: UploadService<ModelCatalogue, ModelSegmentStore, ManualClock> {
        get throws { try UploadService(catalogue: catalogue, blobs: segments, clock: clock) }
    }
}
