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
        await writer.cancel()
        await writer.cancel()
        await expectRefusal(.superseded) { try await writer.complete() }
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
        await expectRefusal(.superseded) { try await older.complete() }
        await older.cancel()
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
        async let stalled = outcome { try await older.write(content(10).inverted) }
        await hold.untilHeld()
        async let newer: Void = fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        await fixture.settleDown()
        #expect(fixture.hooks.count(of: .write) == 1, "the newer one writes while the older one does")
        hold.release()
        try await newer
        _ = await stalled
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(10))
    }

    @Test func `writers of different chunks do not disturb each other`() async throws {
        let fixture = try await Fixture()
        let bytes = content(30)
        let id = try await fixture.begin(length: 30)
        var writers: [Fixture.Writer] = []
        for index in 0..<3 {
            writers.append(try await fixture.service.openChunk(id, index: UInt64(index), by: fixture.ben))
        }
        for step in 0..<10 {
            for index in [2, 0, 1] { try await writers[index].write(bytes[index * 10 + step..<index * 10 + step + 1]) }
        }
        for index in [1, 2, 0] { try await writers[index].complete() }
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
        await expectRefusal(.invalidArgument) { try await writer.complete(expecting: Digest(of: content(10))) }
        #expect(try await fixture.sessions.get(id).missing == [0...0])
    }

    @Test func `a writer is used by one caller at a time`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        let writer = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        let hold = fixture.hooks.holdNext(.write)
        async let first = outcome { try await writer.write(content(5)) }
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
