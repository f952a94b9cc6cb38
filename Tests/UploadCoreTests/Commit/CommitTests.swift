import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct CommitTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `a committed upload can be read at once, here and after a restart`(_ storage: Storage) async throws {
        let bench = try await Bench(storage)
        let bytes = content(25)
        let id = try await bench.commit(bytes)
        #expect(try await bench.read(id) == bytes)
        let record = try await bench.service.status(of: id, by: bench.ben)
        #expect(record.session.meta.status == .committed(at: bench.clock.now()))
        #expect(record.blob == BlobId(id))
        let reopened = try bench.reopened()
        var reader = try await reopened.read(BlobId(id), by: bench.rita)
        #expect(try await reader.readAll() == bytes)
        #expect(try await reopened.countBlobs() == 1)
    }

    @Test func `what is missing is refused with its ranges, and nothing is committed`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 45)
        try await bench.service.putChunk(id, index: 2, content(10), by: bench.ben)
        let error = await expectRefusal(.incomplete) { try await bench.service.commit(id, by: bench.ben) }
        #expect(error?["missing"] == .ranges([0...1, 3...4]))
        #expect(error?["missing_bytes"] == .number(35))
        #expect(try await bench.status(id) == .pending)
        await expectRefusal(.notFound) { try await bench.service.blob(BlobId(id), by: bench.ben) }
    }

    @Test func `finishing too early does not disturb the writers`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 10)
        let writer = try await bench.service.openChunk(id, index: 0, by: bench.ben)
        try await writer.write(content(5))
        await expectRefusal(.incomplete) { try await bench.service.commit(id, by: bench.ben) }
        try await writer.write(content(5, from: 5))
        try await writer.complete()
        _ = try await bench.service.commit(id, by: bench.ben)
    }

    @Test func `asked twice it answers twice, with the first answer`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        let first = try await bench.service.commit(id, by: bench.ben)
        bench.clock.advance(milliseconds: 1000)
        for service in [bench.service, try bench.reopened()] {
            let again = try await service.commit(id, by: bench.ben)
            #expect(again.session.meta == first.session.meta)
            #expect(again.digest == first.digest && again.blob == first.blob)
        }
        #expect(try await bench.service.countBlobs() == 1)
    }

    @Test func `a repeated finish is held to the digest and the length that it tells`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(25))
        _ = try await bench.service.commit(id, digest: Digest(of: content(25)), length: 25, by: bench.ben)
        await expectRefusal(.checksumMismatch) {
            try await bench.service.commit(id, digest: Digest(of: [1]), by: bench.ben)
        }
        await expectRefusal(with: .sizeMismatch(expected: 24, actual: 25)) {
            try await bench.service.commit(id, length: 24, by: bench.ben)
        }
        #expect(try await bench.read(id) == content(25))
    }

    @Test(arguments: 0..<40) func `two at once get the same answer`(_ seed: UInt64) async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        bench.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        let answers = Collected<SessionMeta>()
        for _ in 0..<3 {
            scheduler.start {
                if let record = try? await bench.service.commit(id, by: bench.ben) {
                    answers.append(record.session.meta)
                }
            }
        }
        try scheduler.runUntilIdle()
        #expect(answers.all.count == 3)
        #expect(Set(answers.all).count == 1)
        #expect(bench.hooks.count(of: .commit) == 1)
    }

    @Test(arguments: [Storage.file, .catalogue]) func `an empty upload is committed`(_ storage: Storage) async throws {
        let bench = try await Bench(storage)
        for layout in [BeginRequest.Layout.chunks(size: 10), .append] {
            let id = try await bench.begin(layout, length: 0)
            let record = try await bench.service.commit(id, by: bench.ben)
            #expect(record.digest == .whole(Digest(of: [UInt8]())))
            #expect(try await bench.read(id) == [])
        }
    }

    @Test func `an aborted upload is not finished`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 10)
        try await bench.putAll(id, content(10))
        try await bench.sessions.abort(id)
        await expectRefusal(.gone) { try await bench.service.commit(id, by: bench.ben) }
    }

    @Test func `a length past the limit is refused before anything else`() async throws {
        let bench = try await Bench { $0.uploadBytesMax = 100 }
        let id = try await bench.begin(.append)
        await expectLimit(.uploadBytes, 100) { try await bench.service.commit(id, length: 101, by: bench.ben) }
    }

    @Test(arguments: [Hooks.Call.scan, .seal, .commit])
    func `a finish that fails anywhere leaves the upload pending and is repeated`(_ call: Hooks.Call) async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        // After a restart the bytes are read again.
        let service = try bench.reopened()
        bench.hooks.failNext(call)
        await expectRefusal(.unavailable) { try await service.commit(id, by: bench.ben) }
        #expect(try await service.sessions.get(id).session.meta.status == .pending)
        #expect(try await service.commit(id, by: bench.ben).digest == .whole(Digest(of: content(25))))
    }

    @Test func `a finish whose end is unknown is answered by the next one`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        bench.hooks.failNext(.commit, .after)
        await expectRefusal(.unavailable) { try await bench.service.commit(id, by: bench.ben) }
        let record = try await bench.service.commit(id, by: bench.ben)
        #expect(record.blob == BlobId(id))
        #expect(try await bench.read(id) == content(25))
    }

    @Test func `no new writer is let in while an upload is finished`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append)
        try await bench.service.append(id, at: 0, content(5), by: bench.ben)
        let hold = bench.hooks.holdNext(.commit)
        async let committed = bench.service.commit(id, by: bench.ben)
        await hold.untilHeld()
        await expectRefusal(.superseded) { try await bench.service.openAppend(id, at: 5, by: bench.ben) }
        hold.release()
        #expect(try await committed.session.spec.expectedBytes == 5)
        #expect(try await bench.read(id) == content(5))
    }
}
