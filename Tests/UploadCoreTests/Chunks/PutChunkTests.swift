import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct PutChunkTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `chunks land at their places, in whatever order they come`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(35)
        let id = try await fixture.begin(length: 35)
        for index in [2, 0, 3, 1] {
            let chunk = bytes.chunks(of: 10)[index]
            try await fixture.service.putChunk(id, index: UInt64(index), chunk, by: fixture.ben)
        }
        let record = try await fixture.service.commit(id, by: fixture.ben)
        #expect(record.digest == .whole(Digest(of: bytes)))
        #expect(try await fixture.read(id) == bytes)
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `the same bytes again are fine, other bytes are a conflict and the first stay`(
        _ storage: Storage
    ) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(25)
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, bytes)
        try await fixture.putAll(id, bytes)
        for service in [fixture.service, try fixture.reopened()] {
            await expectRefusal(with: .chunkConflict(index: 1)) {
                try await service.putChunk(id, index: 1, content(10), by: fixture.ben)
            }
            var nearly = Array(bytes[20...])
            nearly[4] ^= 1
            await expectRefusal(with: .chunkConflict(index: 2)) {
                try await service.putChunk(id, index: 2, nearly, by: fixture.ben)
            }
        }
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == bytes)
    }

    @Test func `a repeated chunk is written no second time`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        let (writes, records) = (fixture.hooks.count(of: .write), fixture.hooks.count(of: .record))
        try await fixture.putAll(id, content(25))
        #expect(fixture.hooks.count(of: .write) == writes)
        #expect(fixture.hooks.count(of: .record) == records)
    }

    @Test func `a repeated chunk counts as use`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        fixture.clock.advance(milliseconds: 7)
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        #expect(try await fixture.sessions.get(id).session.meta.lastSeen == fixture.clock.now())
    }

    @Test func `a chunk that is acknowledged survives a restart, one that is not is missing`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.service.putChunk(id, index: 1, content(10), by: fixture.ben)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await writer.write(content(10))
        let record = try await fixture.reopened().sessions.get(id)
        await writer.cancel()
        #expect(record.session.pieces.contains(1))
        #expect(record.missing == [0...0, 2...2])
        #expect(record.session.receivedBytes == 10)
    }

    @Test func `a chunk with the digest that was told counts, one with another does not`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let (right, wrong) = (content(10), content(10).inverted)
        await expectRefusal(
            with: .checksumMismatch(expected: Digest(of: right).hex, actual: Digest(of: wrong).hex)
        ) {
            try await fixture.service.putChunk(id, index: 0, wrong, digest: Digest(of: right), by: fixture.ben)
        }
        #expect(try await fixture.sessions.get(id).missing == [0...2])
        try await fixture.service.putChunk(id, index: 0, right, digest: Digest(of: right), by: fixture.ben)
        #expect(try await fixture.sessions.get(id).missing == [1...2])
        try await fixture.service.putChunk(id, index: 1, content(10, from: 10), by: fixture.ben)
        try await fixture.service.putChunk(id, index: 2, content(5, from: 20), by: fixture.ben)
        let record = try await fixture.service.commit(id, by: fixture.ben)
        #expect(record.digest == .whole(Digest(of: content(25))), "the wrong bytes are in no hash")
    }

    @Test func `a repeated chunk is held to its digest as well`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        await expectRefusal(.checksumMismatch) {
            try await fixture.service.putChunk(id, index: 0, content(10), digest: Digest(of: [1]), by: fixture.ben)
        }
        try await fixture.service.putChunk(id, index: 0, content(10), digest: Digest(of: content(10)), by: fixture.ben)
    }

    @Test func `chunks of an upload of unknown length come in any order, and a short one is the last`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        try await fixture.service.putChunk(id, index: 2, content(4, from: 20), by: fixture.ben)
        #expect(try await fixture.sessions.get(id).session.spec.expectedBytes == 24)
        await expectRefusal(.invalidArgument) {
            try await fixture.service.putChunk(id, index: 3, content(10), by: fixture.ben)
        }
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        try await fixture.service.putChunk(id, index: 1, content(10, from: 10), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(24))
    }

    @Test func `the number of objects is one, whatever the number of chunks`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 100)
        try await fixture.putAll(id, content(100))
        #expect(try await fixture.stored() == (1, 100))
    }
}
