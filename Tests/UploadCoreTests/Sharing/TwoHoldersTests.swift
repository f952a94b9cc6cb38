import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Two engines hold one upload: what was told stays, and a late write of the earlier holder is refused.
@Suite struct TwoHoldersTests {
    @Test func `a writer whose upload was taken over by another engine is refused, and its bytes count for nothing`()
        async throws
    {
        let stores = try await SharedStores()
        let id = try await stores.begin(.append, length: 30)
        let frozen = try await stores.a.openAppend(id, at: 0, by: stores.ben)
        try await frozen.write(content(20).inverted)

        #expect(try await stores.b.quiescedStatus(of: id, by: stores.ben).session.offset == 0)
        try await stores.b.append(id, at: 0, content(10), by: stores.ben)
        await expectRefusal(.superseded, completing: frozen)

        for engine in [stores.a, stores.b] {
            #expect(try await engine.status(of: id, by: stores.ben).session.offset == 10)
        }
        try await stores.a.append(id, at: 10, content(20, from: 10), by: stores.ben)
        let committed = try await stores.a.commit(id, by: stores.ben)
        #expect(committed.digest == .whole(Digest(of: content(30))))
        #expect(try await stores.read(id) == content(30))
    }

    @Test func `a takeover keeps what was told to the client of the earlier holder`() async throws {
        let stores = try await SharedStores()
        let id = try await stores.begin(.append, length: 25)
        let writer = try await stores.a.openAppend(id, at: 0, by: stores.ben)
        try await writer.write(content(10))
        #expect(try await writer.checkpoint() == 10)
        try await writer.write(content(5, from: 10))

        #expect(try await stores.b.quiescedStatus(of: id, by: stores.ben).session.offset == 10)
        try await stores.b.append(id, at: 10, content(15, from: 10), by: stores.ben)
        await expectRefusal(.superseded, completing: writer)
        #expect(
            try await stores.a.commit(id, by: stores.ben).digest == .whole(Digest(of: content(25))))
        #expect(try await stores.read(id) == content(25))
    }

    @Test func `an engine that claims an upload hashes what is there, not what it remembers`() async throws {
        let stores = try await SharedStores()
        let id = try await stores.begin(.append, length: 20)
        try await stores.a.append(id, at: 0, content(15), by: stores.ben)
        // Keeps the upload in the memory of the first engine, with the hash of its bytes.
        let idle = try await stores.a.openAppend(id, at: 15, by: stores.ben)
        try await stores.catalogue.forgetPieces(of: id, in: [0..<15])
        let others = content(20).inverted
        try await stores.b.append(id, at: 0, others, by: stores.ben)
        let committed = try await stores.a.commit(id, by: stores.ben)
        #expect(committed.digest == .whole(Digest(of: others)))
        await idle.cancel()
    }

    @Test(arguments: [false, true])
    func `an offset that was told holds, whether the earlier holder had recorded or not`(_ hasRecorded: Bool)
        async throws
    {
        let stores = try await SharedStores()
        let id = try await stores.begin(.append, length: 20)
        let hold = hasRecorded ? nil : stores.hooks.a.holdNext(.record)
        let writing = Task {
            await outcome { try await stores.a.append(id, at: 0, content(10), by: stores.ben) }
        }
        if let hold { await hold.untilHeld() } else { _ = await writing.value }
        let told = try await stores.b.quiescedStatus(of: id, by: stores.ben).session.offset
        #expect(told == (hasRecorded ? 10 : 0))
        hold?.release()
        #expect(await writing.value == (hasRecorded ? nil : .superseded))
        #expect(try await stores.a.status(of: id, by: stores.ben).session.offset == told)
        try await stores.a.append(id, at: told, content(20)[Int(told)...], by: stores.ben)
        #expect(try await stores.b.commit(id, by: stores.ben).digest == .whole(Digest(of: content(20))))
    }

    @Test func `both engines receive chunks of one upload, and either finishes it`() async throws {
        let stores = try await SharedStores()
        let id = try await stores.begin(.chunks(size: 10), length: 35)
        for (index, chunk) in content(35).chunks(of: 10).enumerated() {
            let engine = index % 2 == 0 ? stores.a : stores.b
            try await engine.putChunk(id, index: UInt64(index), chunk, by: stores.ben)
        }
        #expect(try await stores.a.status(of: id, by: stores.ben).session.isComplete)
        #expect(try await stores.b.commit(id, by: stores.ben).digest == .whole(Digest(of: content(35))))
        #expect(try await stores.a.commit(id, by: stores.ben).blob == BlobId(id))
        #expect(try await stores.read(id) == content(35))
    }

    @Test(arguments: [("finishes", UploadError.Code.committed), ("aborts", .gone), ("loses", .superseded)])
    func `a chunk that is repeated while another engine finishes, aborts or loses it is no conflict`(
        _ what: String, _ code: UploadError.Code
    ) async throws {
        let stores = try await SharedStores()
        let id = try await stores.begin(.chunks(size: 10), length: 10)
        try await stores.a.putChunk(id, index: 0, content(10), by: stores.ben)
        let repeated = try await stores.a.openChunk(id, index: 0, by: stores.ben)
        try await repeated.write(content(10))
        switch what {
        case "finishes": _ = try await stores.b.commit(id, by: stores.ben)
        case "aborts": _ = try await stores.b.abort(id, by: stores.ben)
        default: try await stores.catalogue.forgetPieces(of: id, in: [0..<10])
        }
        await expectRefusal(code, completing: repeated)
        guard what != "aborts" else { return }
        // Memory has learned of it.
        if what == "loses" { try await stores.a.putChunk(id, index: 0, content(10), by: stores.ben) }
        _ = try await stores.a.commit(id, by: stores.ben)
        #expect(try await stores.read(id) == content(10))
    }

    @Test func `a chunk in the catalogue that is repeated after another engine's finish is refused as committed`()
        async throws
    {
        let stores = try await SharedStores(catalogueBytesMax: 100)
        let id = try await stores.begin(.chunks(size: 10), length: 10)
        try await stores.a.putChunk(id, index: 0, content(10), by: stores.ben)
        let repeated = try await stores.a.openChunk(id, index: 0, by: stores.ben)
        try await repeated.write(content(10))
        _ = try await stores.b.commit(id, by: stores.ben)
        await expectRefusal(.committed, completing: repeated)
    }

    @Test func `a chunk that both engines receive at once is kept once; other bytes are a conflict`() async throws {
        let stores = try await SharedStores()
        let id = try await stores.begin(.chunks(size: 10), length: 20)
        let same = try await stores.a.openChunk(id, index: 0, by: stores.ben)
        let other = try await stores.a.openChunk(id, index: 1, by: stores.ben)
        try await same.write(content(10))
        try await other.write(content(10).inverted)
        for index in 0..<2 {
            let chunk = content(10, from: index * 10)
            try await stores.b.putChunk(id, index: UInt64(index), chunk, by: stores.ben)
        }
        try await same.complete()
        await expectRefusal(.chunkConflict, completing: other)
        _ = try await stores.a.commit(id, by: stores.ben)
        #expect(try await stores.read(id) == content(20))
        try await stores.a.maintenance.expire()
        #expect(try await stores.recordedKeys(id).isSubset(of: stores.segments.segmentKeys))
    }

    @Test func `a repeated chunk is compared without reading stored bytes`() async throws {
        let stores = try await SharedStores()
        let id = try await stores.begin(.chunks(size: 10), length: 20)
        try await stores.a.putChunk(id, index: 0, content(10), by: stores.ben)
        try await stores.b.putChunk(id, index: 0, content(10), by: stores.ben)
        await expectRefusal(.chunkConflict) {
            try await stores.b.putChunk(id, index: 0, content(10).inverted, by: stores.ben)
        }
        // A scan is the hash of the whole that follows.
        #expect(stores.hooks.b.count(of: .matches) == 0)
        #expect(stores.hooks.b.count(of: .read) == 0)
    }

    @Test func `a commit that is overtaken by an append of another engine commits nothing`() async throws {
        let stores = try await SharedStores()
        let id = try await stores.begin(.append)
        try await stores.a.append(id, at: 0, content(10), by: stores.ben)
        let hold = stores.hooks.a.holdNext(.commit)
        let committing = Task { await outcome { _ = try await stores.a.commit(id, length: 10, by: stores.ben) } }
        await hold.untilHeld()
        try await stores.b.append(id, at: 10, content(5, from: 10), by: stores.ben)
        hold.release()
        #expect(await committing.value == .superseded)
        #expect(try await stores.b.commit(id, length: 15, by: stores.ben).blob != nil)
        #expect(try await stores.read(id) == content(15))
    }

    @Test func `an upload that another engine aborted is gone for its writer, and all segments go`() async throws {
        let stores = try await SharedStores()
        let id = try await stores.begin(.append, length: 30)
        let writer = try await stores.a.openAppend(id, at: 0, by: stores.ben)
        try await writer.write(content(10))
        try await writer.checkpoint()
        try await stores.b.abort(id, by: stores.ben)
        try await writer.write(content(10, from: 10))
        await expectRefusal(.gone, completing: writer)
        await expectRefusal(.gone) { try await stores.a.append(id, at: 10, content(20, from: 10), by: stores.ben) }
        #expect(try await stores.recordedKeys(id) == [])
    }

    @Test func `a finish whose upload another engine aborts while its bytes are read is told that it is gone`()
        async throws
    {
        let stores = try await SharedStores()
        let id = try await stores.begin(.chunks(size: 10), length: 20)
        try await stores.a.putChunk(id, index: 1, content(10, from: 10), by: stores.ben)
        try await stores.b.putChunk(id, index: 0, content(10), by: stores.ben)
        let hold = stores.hooks.a.holdNext(.scan)
        let finishing = Task { await outcome { _ = try await stores.a.commit(id, by: stores.ben) } }
        await hold.untilHeld()
        try await stores.b.abort(id, by: stores.ben)
        hold.release()
        #expect(await finishing.value == .gone)
    }

    @Test func `an upload used on one engine does not expire on the other`() async throws {
        let stores = try await SharedStores()
        let (used, unused) = (try await stores.begin(.append), try await stores.begin(.append))
        stores.clock.advance(milliseconds: stores.a.limits.timeToLiveMilliseconds - 1)
        try await stores.a.append(used, at: 0, content(5), by: stores.ben)
        stores.clock.advance(milliseconds: 2)
        #expect(try await stores.b.maintenance.expire() == [unused])
        #expect(try await stores.a.status(of: used, by: stores.ben).session.offset == 5)
    }

    @Test func `stores that do not fit together are refused`() async throws {
        let shared = ModelCatalogue(isShared: true)
        await expectRefusal(.invalidArgument) {
            _ = try UploadService(catalogue: shared, blobs: ModelBlobStore(), clock: ManualClock())
        }
        await expectRefusal(.invalidArgument) {
            _ = try UploadService(
                catalogue: ModelCatalogue(), blobs: ModelSegmentStore(index: shared), clock: ManualClock())
        }
    }
}
