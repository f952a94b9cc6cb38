import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct UpdateTests {
    @Test func `what an upload says about its file can change, and stays changed after a restart`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let asset = AssetMetadata(name: "b.png", contentType: "image/png", opaque: "x")
        let updated = try await bench.sessions.update(id, asset: asset)
        #expect(updated.meta.asset == asset)
        #expect(try await bench.sessions.get(id).meta.asset == asset)
        #expect(try await bench.reopened().sessions.get(id).meta.asset == asset)
    }

    @Test func `a change counts as use`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        bench.clock.advance(milliseconds: 5)
        let updated = try await bench.sessions.update(id, asset: AssetMetadata(name: "b"))
        #expect(updated.session.meta.lastSeen == bench.clock.now())
    }

    @Test func `a length that was unknown is filled in, and repeated`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin()
        #expect(try await bench.sessions.update(id, length: 25).session.spec.expectedBytes == 25)
        #expect(try await bench.sessions.update(id, length: 25).session.spec.expectedBytes == 25)
        #expect(try await bench.reopened().sessions.get(id).session.spec.expectedBytes == 25)
    }

    @Test func `another length is refused and changes nothing`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        await expectRefusal(with: .sizeMismatch(expected: 25, actual: 26)) {
            try await bench.sessions.update(id, asset: AssetMetadata(name: "b"), length: 26)
        }
        let record = try await bench.sessions.get(id)
        #expect(record.session.spec.expectedBytes == 25)
        #expect(record.meta.asset.name == "photo.jpg")
    }

    @Test func `a length that durable bytes contradict is refused`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin()
        try await bench.service.putChunk(id, index: 1, content(10), by: bench.ben)
        await expectRefusal(with: .sizeMismatch(expected: 20, actual: 19)) {
            try await bench.sessions.update(id, length: 19)
        }
        #expect(try await bench.sessions.update(id, length: 20).session.spec.chunkCount == 2)
    }

    @Test func `an upload that has ended is not changed`() async throws {
        let bench = try await Bench()
        let committed = try await bench.commit(content(25))
        await expectRefusal(.committed) { try await bench.sessions.update(committed, asset: AssetMetadata(name: "b")) }
        let aborted = try await bench.begin(length: 25)
        try await bench.sessions.abort(aborted)
        await expectRefusal(.gone) { try await bench.sessions.update(aborted, length: 25) }
    }

    @Test(arguments: [Hooks.Moment.before, .after])
    func `a change whose end is unknown is repeated without harm`(_ moment: Hooks.Moment) async throws {
        let bench = try await Bench()
        let id = try await bench.begin()
        bench.hooks.failNext(.amend, moment)
        await expectRefusal(.unavailable) { try await bench.sessions.update(id, length: 25) }
        let known = try await bench.sessions.get(id).session.spec.expectedBytes
        #expect(known == (moment == .before ? nil : 25), "memory holds what the catalogue has")
        #expect(try await bench.sessions.update(id, length: 25).session.spec.expectedBytes == 25)
    }
}

@Suite struct DeclareLengthTests {
    @Test func `the length is bounded as at the beginning`() async throws {
        let bench = try await Bench { limits in
            limits.uploadBytesMax = 100
            limits.chunksMax = 4
        }
        let chunked = try await bench.begin()
        await expectLimit(.uploadBytes, 100) {
            try await bench.service.declareLength(of: chunked, 101, by: bench.ben)
        }
        await expectLimit(.chunks, 4) { try await bench.service.declareLength(of: chunked, 41, by: bench.ben) }
        _ = try await bench.service.declareLength(of: chunked, 40, by: bench.ben)
        let append = try await bench.begin(.append)
        _ = try await bench.service.declareLength(of: append, 100, by: bench.ben)
    }

    @Test func `bytes under way past a length declared meanwhile do not count, nor after a restart`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append)
        let writer = try await bench.service.openAppend(id, at: 0, by: bench.ben)
        try await writer.write(content(10))
        _ = try await bench.service.declareLength(of: id, 5, by: bench.ben)
        await expectRefusal(.sizeMismatch) { try await writer.complete() }
        for service in [bench.service, try bench.reopened()] {
            let session = try await service.sessions.get(id).session
            #expect(session.offset <= 5, "the ledger has \(session.offset) of 5 bytes")
        }
    }

    @Test func `a chunk that becomes durable while a shorter length is declared is not recorded past it`() async throws
    {
        let bench = try await Bench()
        let id = try await bench.begin()
        let hold = bench.hooks.holdNext(.sync)
        async let sent = outcome { try await bench.service.putChunk(id, index: 3, content(10), by: bench.ben) }
        await hold.untilHeld()
        async let declared = outcome { _ = try await bench.service.declareLength(of: id, 15, by: bench.ben) }
        await bench.settleDown()
        hold.release()
        let outcomes = await (sent, declared)
        #expect((outcomes.0 == nil) != (outcomes.1 == nil), "one of both is refused: \(outcomes)")
        for service in [bench.service, try bench.reopened()] {
            let session = try await service.sessions.get(id).session
            #expect(session.durableEnd <= session.spec.expectedBytes ?? .max)
            #expect(session.pieces.last ?? 0 < session.spec.chunkCount ?? .max)
        }
    }
}
