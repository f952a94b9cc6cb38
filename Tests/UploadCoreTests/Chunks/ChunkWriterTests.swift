import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

/// Bodies that come in pieces.
@Suite struct ChunkWriterTests {
    @Test(arguments: [Storage.file, .catalogue], [1, 3, 7, 1000])
    func `a chunk comes in pieces of any size`(_ storage: Storage, _ size: Int) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(1000)
        let id = try await fixture.begin(.chunks(size: 1000), length: 1000)
        let writer = try await fixture.service.openChunk(id, index: 0, isDigested: true, by: fixture.ben)
        let seen = Collected<[UInt8]>()
        for piece in bytes.chunks(of: size) { try await writer.write(piece) { seen.append(Array($0)) } }
        #expect(try await writer.complete(expecting: Digest(of: bytes)) == 1000)
        #expect(seen.all.flatMap { $0 } == bytes)
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
        #expect(try await fixture.read(id) == bytes)
    }

    @Test func `nothing of a chunk counts before it is complete`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await writer.write(content(10))
        #expect(try await fixture.sessions.get(id).session.receivedBytes == 0)
        await expectRefusal(.incomplete) { try await fixture.service.commit(id, by: fixture.ben) }
        try await writer.complete()
        #expect(try await fixture.sessions.get(id).session.receivedBytes == 10)
    }

    @Test func `a chunk that is given up stays missing, and can be sent again`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await writer.write(content(10).inverted)
        let core = writer.core
        await writer.cancel()
        await core.cancel()
        await expectRefusal(.superseded) { try await core.complete(expecting: nil) }
        #expect(try await fixture.sessions.get(id).missing == [0...0])
        try await fixture.putAll(id, content(10))
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(10))
    }

    @Test func `a newer writer of a chunk takes over, and the older one's calls are refused`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let older = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await older.write(content(4).inverted)
        let newer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        await expectRefusal(.superseded) { try await older.write(content(6).inverted) }
        await expectRefusal(.superseded, completing: older)
        try await newer.write(content(10))
        try await newer.complete()
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(10))
    }

    @Test func `a newer writer waits until no byte of the older one is under way`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let older = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        let hold = fixture.hooks.holdNext(.write)
        let core = older.core
        async let stalled = outcome { try await core.write(content(10).inverted, observe: nil) }
        await hold.untilHeld()
        async let newer: Void = fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        await fixture.settleDown()
        #expect(fixture.hooks.count(of: .write) == 1, "the newer one writes while the older one does")
        hold.release()
        try await newer
        _ = await stalled
        await older.cancel()
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(10))
    }

    @Test func `writers of different chunks do not disturb each other`() async throws {
        let fixture = try await Fixture()
        let bytes = content(30)
        let id = try await fixture.begin(length: 30)
        let first = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        let second = try await fixture.service.openChunk(id, index: 1, by: fixture.ben)
        let third = try await fixture.service.openChunk(id, index: 2, by: fixture.ben)
        for step in 0..<10 {
            try await third.write(bytes[20 + step...20 + step])
            try await first.write(bytes[step...step])
            try await second.write(bytes[10 + step...10 + step])
        }
        try await second.complete()
        try await third.complete()
        try await first.complete()
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
        #expect(try await fixture.read(id) == bytes)
    }

    @Test func `bytes past the end of the chunk are refused before they are written, and the writer goes on`()
        async throws
    {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let writer = try await fixture.service.openChunk(id, index: 1, by: fixture.ben)
        try await writer.write(content(6, from: 10))
        await expectRefusal(with: .sizeMismatch(expected: 10, actual: 11)) { try await writer.write(content(5)) }
        try await writer.write(content(4, from: 16))
        try await writer.complete()
        #expect(try await fixture.objects.size(of: fixture.sessions.get(id).meta.key) == 20)
    }

    @Test func `a digest has to be announced when the chunk is opened`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await writer.write(content(10))
        await expectRefusal(.invalidArgument, completing: writer, expecting: Digest(of: content(10)))
        #expect(try await fixture.sessions.get(id).missing == [0...0])
    }

    @Test func `a writer is used by one caller at a time`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        let hold = fixture.hooks.holdNext(.write)
        let core = writer.core
        async let first = outcome { try await core.write(content(5), observe: nil) }
        await hold.untilHeld()
        await expectRefusal(.invalidArgument) { try await writer.write(content(5, from: 5)) }
        hold.release()
        #expect(await first == nil)
        try await writer.write(content(5, from: 5))
        try await writer.complete()
    }

    @Test(arguments: [Hooks.Call.write, .sync, .record])
    func `a chunk whose writing fails anywhere is missing, and is sent again`(_ call: Hooks.Call) async throws {
        for reason in [UploadError.Reason.storeFull, .unavailable(detail: "test")] {
            let fixture = try await Fixture()
            let id = try await fixture.begin(length: 20)
            try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
            fixture.hooks.failNext(call, .before, reason)
            await expectRefusal(where: [.storeFull, .unavailable]) {
                try await fixture.service.putChunk(id, index: 1, content(10).inverted, by: fixture.ben)
            }
            #expect(try await fixture.sessions.get(id).missing == [1...1])
            try await fixture.service.putChunk(id, index: 1, content(10, from: 10), by: fixture.ben)
            #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: content(20))))
        }
    }

    @Test func `a chunk that was recorded but not acknowledged is durable, and repeated without harm`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 20)
        fixture.hooks.failNext(.record, .after)
        await expectRefusal(.unavailable) {
            try await fixture.service.putChunk(id, index: 1, content(10, from: 10), by: fixture.ben)
        }
        #expect(try await fixture.sessions.get(id).missing == [0...0], "memory holds what the catalogue has")
        try await fixture.putAll(id, content(20))
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: content(20))))
    }
}
