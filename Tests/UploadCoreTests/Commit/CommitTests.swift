import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct CommitTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `a committed upload can be read at once, here and after a restart`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(25)
        let id = try await fixture.commit(bytes)
        #expect(try await fixture.read(id) == bytes)
        let record = try await fixture.service.status(of: id, by: fixture.ben)
        #expect(record.session.meta.status == .committed(at: fixture.clock.now()))
        #expect(record.blob == BlobId(id))
        let reopened = try fixture.reopened()
        var reader = try await reopened.read(BlobId(id), by: fixture.rita)
        #expect(try await reader.readAll() == bytes)
        #expect(try await reopened.countBlobs() == 1)
    }

    @Test func `what is missing is refused with its ranges, and nothing is committed`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 45)
        try await fixture.service.putChunk(id, index: 2, content(10), by: fixture.ben)
        let error = await expectRefusal(.incomplete) { try await fixture.service.commit(id, by: fixture.ben) }
        #expect(error?["missing"] == .ranges([0...1, 3...4]))
        #expect(error?["missing_bytes"] == .number(35))
        #expect(try await fixture.status(id) == .pending)
        await expectRefusal(.notFound) { try await fixture.service.blob(BlobId(id), by: fixture.ben) }
    }

    @Test func `finishing too early does not disturb the writers`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await writer.write(content(5))
        await expectRefusal(.incomplete) { try await fixture.service.commit(id, by: fixture.ben) }
        try await writer.write(content(5, from: 5))
        try await writer.complete()
        _ = try await fixture.service.commit(id, by: fixture.ben)
    }

    @Test func `asked twice it answers twice, with the first answer`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        let first = try await fixture.service.commit(id, by: fixture.ben)
        fixture.clock.advance(milliseconds: 1000)
        for service in [fixture.service, try fixture.reopened()] {
            let again = try await service.commit(id, by: fixture.ben)
            #expect(again.session.meta == first.session.meta)
            #expect(again.digest == first.digest && again.blob == first.blob)
        }
        #expect(try await fixture.service.countBlobs() == 1)
    }

    @Test func `a repeated finish is held to the digest and the length that it tells`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(25))
        _ = try await fixture.service.commit(id, digest: Digest(of: content(25)), length: 25, by: fixture.ben)
        await expectRefusal(.checksumMismatch) {
            try await fixture.service.commit(id, digest: Digest(of: [1]), by: fixture.ben)
        }
        await expectRefusal(with: .sizeMismatch(expected: 24, actual: 25)) {
            try await fixture.service.commit(id, length: 24, by: fixture.ben)
        }
        #expect(try await fixture.read(id) == content(25))
    }

    @Test(arguments: 0..<40) func `two at once get the same answer`(_ seed: UInt64) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        let answers = Collected<SessionMeta>()
        for _ in 0..<3 {
            scheduler.start {
                if let record = try? await fixture.service.commit(id, by: fixture.ben) {
                    answers.append(record.session.meta)
                }
            }
        }
        try scheduler.runUntilIdle()
        #expect(answers.all.count == 3)
        #expect(Set(answers.all).count == 1)
        #expect(fixture.hooks.count(of: .commit) == 1)
    }

    @Test(arguments: [Storage.file, .catalogue]) func `an empty upload is committed`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        for layout in [BeginRequest.Layout.chunks(size: 10), .append] {
            let id = try await fixture.begin(layout, length: 0)
            let record = try await fixture.service.commit(id, by: fixture.ben)
            #expect(record.digest == .whole(Digest(of: [UInt8]())))
            #expect(try await fixture.read(id) == [])
        }
    }

    @Test func `an aborted upload is not finished`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        try await fixture.putAll(id, content(10))
        try await fixture.sessions.abort(id)
        await expectRefusal(.gone) { try await fixture.service.commit(id, by: fixture.ben) }
    }

    @Test func `a length past the limit is refused before anything else`() async throws {
        let fixture = try await Fixture { $0.uploadBytesMax = 100 }
        let id = try await fixture.begin(.append)
        await expectLimit(.uploadBytes, 100) { try await fixture.service.commit(id, length: 101, by: fixture.ben) }
    }

    @Test(arguments: [Hooks.Call.scan, .seal, .commit])
    func `a finish that fails anywhere leaves the upload pending and is repeated`(_ call: Hooks.Call) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        fixture.hooks.forgetsPrefixHashes = true
        let service = try fixture.reopened()
        fixture.hooks.failNext(call)
        await expectRefusal(.unavailable) { try await service.commit(id, by: fixture.ben) }
        #expect(try await service.sessions.get(id).session.meta.status == .pending)
        #expect(try await service.commit(id, by: fixture.ben).digest == .whole(Digest(of: content(25))))
    }

    @Test func `a finish whose end is unknown is answered by the next one`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        fixture.hooks.failNext(.commit, .after)
        await expectRefusal(.unavailable) { try await fixture.service.commit(id, by: fixture.ben) }
        let record = try await fixture.service.commit(id, by: fixture.ben)
        #expect(record.blob == BlobId(id))
        #expect(try await fixture.read(id) == content(25))
    }

    @Test func `no new writer is let in while an upload is finished`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        try await fixture.service.append(id, at: 0, content(5), by: fixture.ben)
        let hold = fixture.hooks.holdNext(.commit)
        async let committed = fixture.service.commit(id, by: fixture.ben)
        await hold.untilHeld()
        await expectRefusal(.superseded) { _ = try await fixture.service.openAppend(id, at: 5, by: fixture.ben) }
        hold.release()
        #expect(try await committed.session.spec.expectedBytes == 5)
        #expect(try await fixture.read(id) == content(5))
    }

    @Test func `a commit that a third call finds in the catalogue first is no error of two others`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 25)
        try await fixture.service.append(id, at: 0, content(25), by: fixture.ben)
        let hold = fixture.hooks.holdNext(.commit, .after)
        async let committed = fixture.service.commit(id, by: fixture.ben)
        await hold.untilHeld()
        async let again = fixture.service.commit(id, digest: Digest(of: content(25)), by: fixture.ben)
        await expectRefusal(.committed) { try await fixture.service.declareLength(of: id, 25, by: fixture.ben) }
        hold.release()
        let records = try await [committed, again]
        #expect(records.allSatisfy { $0.blob == BlobId(id) && $0.digest == .whole(Digest(of: content(25))) })
        #expect(try await fixture.service.status(of: id, by: fixture.ben).blob == BlobId(id))
        #expect(fixture.hooks.count(of: .commit) == 1)
    }
}
