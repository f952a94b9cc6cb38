import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@Suite struct UpdateTests {
    @Test func `what an upload says about its file can change, and stays changed after a restart`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let asset = AssetMetadata(name: "b.png", contentType: "image/png", opaque: "x")
        let updated = try await fixture.sessions.update(id, asset: asset)
        #expect(updated.meta.asset == asset)
        #expect(try await fixture.sessions.get(id).meta.asset == asset)
        #expect(try await fixture.reopened().sessions.get(id).meta.asset == asset)
    }

    @Test func `a change counts as use`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: 5)
        let updated = try await fixture.sessions.update(id, asset: AssetMetadata(name: "b"))
        #expect(updated.session.meta.lastSeen == fixture.clock.now())
    }

    @Test func `a length that was unknown is filled in, and repeated`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        #expect(try await fixture.sessions.update(id, length: 25).session.spec.expectedBytes == 25)
        #expect(try await fixture.sessions.update(id, length: 25).session.spec.expectedBytes == 25)
        #expect(try await fixture.reopened().sessions.get(id).session.spec.expectedBytes == 25)
    }

    @Test func `another length is refused and changes nothing`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        await expectRefusal(with: .sizeMismatch(expected: 25, actual: 26)) {
            try await fixture.sessions.update(id, asset: AssetMetadata(name: "b"), length: 26)
        }
        let record = try await fixture.sessions.get(id)
        #expect(record.session.spec.expectedBytes == 25)
        #expect(record.meta.asset.name == "photo.jpg")
    }

    @Test func `a length that durable bytes contradict is refused`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        try await fixture.service.putChunk(id, index: 1, content(10), by: fixture.ben)
        await expectRefusal(with: .sizeMismatch(expected: 20, actual: 19)) {
            try await fixture.sessions.update(id, length: 19)
        }
        #expect(try await fixture.sessions.update(id, length: 20).session.spec.chunkCount == 2)
    }

    @Test func `an upload that has ended is not changed`() async throws {
        let fixture = try await Fixture()
        let committed = try await fixture.commit(content(25))
        await expectRefusal(.committed) {
            try await fixture.sessions.update(committed, asset: AssetMetadata(name: "b"))
        }
        let aborted = try await fixture.begin(length: 25)
        try await fixture.sessions.abort(aborted)
        await expectRefusal(.gone) { try await fixture.sessions.update(aborted, length: 25) }
    }

    @Test(arguments: [Hooks.Moment.before, .after])
    func `a change whose end is unknown is repeated without harm`(_ moment: Hooks.Moment) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        fixture.hooks.failNext(.amend, moment)
        await expectRefusal(.unavailable) { try await fixture.sessions.update(id, length: 25) }
        let known = try await fixture.sessions.get(id).session.spec.expectedBytes
        #expect(known == (moment == .before ? nil : 25), "memory holds what the catalogue has")
        #expect(try await fixture.sessions.update(id, length: 25).session.spec.expectedBytes == 25)
    }
}

@Suite struct DeclareLengthTests {
    @Test func `the length is bounded as at the beginning`() async throws {
        let fixture = try await Fixture { limits in
            limits.uploadBytesMax = 100
            limits.chunksMax = 4
        }
        let chunked = try await fixture.begin()
        await expectLimit(.uploadBytes, 100) {
            try await fixture.service.declareLength(of: chunked, 101, by: fixture.ben)
        }
        await expectLimit(.chunks, 4) { try await fixture.service.declareLength(of: chunked, 41, by: fixture.ben) }
        _ = try await fixture.service.declareLength(of: chunked, 40, by: fixture.ben)
        let append = try await fixture.begin(.append)
        _ = try await fixture.service.declareLength(of: append, 100, by: fixture.ben)
    }

    @Test func `bytes under way past a length declared meanwhile do not count, nor after a restart`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(10))
        _ = try await fixture.service.declareLength(of: id, 5, by: fixture.ben)
        await expectRefusal(.sizeMismatch, completing: writer)
        for service in [fixture.service, try fixture.reopened()] {
            let session = try await service.sessions.get(id).session
            #expect(session.offset <= 5, "the ledger has \(session.offset) of 5 bytes")
        }
    }

    @Test func `a chunk that becomes durable while a shorter length is declared is not recorded past it`() async throws
    {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        let hold = fixture.hooks.holdNext(.sync)
        async let sent = outcome { try await fixture.service.putChunk(id, index: 3, content(10), by: fixture.ben) }
        await hold.untilHeld()
        async let declared = outcome { _ = try await fixture.service.declareLength(of: id, 15, by: fixture.ben) }
        await fixture.settleDown()
        hold.release()
        let outcomes = await (sent, declared)
        #expect((outcomes.0 == nil) != (outcomes.1 == nil), "one of both is refused: \(outcomes)")
        for service in [fixture.service, try fixture.reopened()] {
            let session = try await service.sessions.get(id).session
            #expect(session.durableEnd <= session.spec.expectedBytes ?? .max)
            #expect(session.pieces.last ?? 0 < session.spec.chunkCount ?? .max)
        }
    }
}
