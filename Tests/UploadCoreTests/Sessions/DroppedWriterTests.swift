import SessionCore
import Testing
import UploadCore

/// Writers that their user does not end, or that end with a refusal.
@Suite(.timeLimit(.minutes(5))) struct DroppedWriterTests {
    /// Writes bytes, and drops the writer without an end.
    private func drop(_ writer: consuming Fixture.Writer, after bytes: [UInt8]) async throws {
        try await writer.write(bytes)
    }

    private func untilFree(_ id: SessionId, _ fixture: Fixture) async throws {
        while try await fixture.sessions.get(id).session.hasWriters {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func `a dropped writer of a chunk leaves it missing, and frees its place`() async throws {
        let fixture = try await Fixture { $0.writersPerCallerMax = 1 }
        let id = try await fixture.begin(length: 20)
        try await drop(fixture.service.openChunk(id, index: 0, by: fixture.ben), after: content(5).inverted)
        try await untilFree(id, fixture)
        // Another chunk, so that no takeover makes room.
        try await fixture.service.putChunk(id, index: 1, content(10, from: 10), by: fixture.ben)
        #expect(try await fixture.sessions.get(id).missing == [0...0])
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(20))
    }

    @Test(arguments: [Storage.file, .catalogue])
    func `a dropped writer of an append keeps its bytes`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        let id = try await fixture.begin(.append, length: 12)
        try await drop(fixture.service.openAppend(id, at: 0, by: fixture.ben), after: content(5))
        try await untilFree(id, fixture)
        #expect(try await fixture.reopened().sessions.get(id).session.offset == 5)
        try await fixture.service.append(id, at: 5, content(7, from: 5), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(12))
    }

    @Test func `a dropped writer of an append that is all or nothing keeps none of its bytes`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        try await drop(
            fixture.service.openAppend(id, at: 0, isAllOrNothing: true, by: fixture.ben), after: content(5))
        try await untilFree(id, fixture)
        #expect(try await fixture.sessions.get(id).session.offset == 0)
    }

    @Test func `the next writer of the same bytes need not wait until a dropped one is cancelled`() async throws {
        let fixture = try await Fixture()
        let append = try await fixture.begin(.append, length: 12)
        try await drop(fixture.service.openAppend(append, at: 0, by: fixture.ben), after: content(5))
        try await fixture.service.append(append, at: 5, content(7, from: 5), by: fixture.ben)
        let chunks = try await fixture.begin(length: 10)
        try await drop(fixture.service.openChunk(chunks, index: 0, by: fixture.ben), after: content(5).inverted)
        try await fixture.putAll(chunks, content(10))
        for (id, bytes) in [(append, content(12)), (chunks, content(10))] {
            _ = try await fixture.service.commit(id, by: fixture.ben)
            #expect(try await fixture.read(id) == bytes)
        }
    }

    @Test func `a writer that was superseded before it completes occupies its upload no longer`() async throws {
        let fixture = try await Fixture { $0.idleUploadsMax = 1 }
        let id = try await fixture.begin(length: 10)
        let older = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        try await fixture.putAll(id, content(10))
        await expectRefusal(.superseded, completing: older)
        _ = try await fixture.begin(length: 10)
        let reads = fixture.hooks.count(of: .upload)
        _ = try await fixture.sessions.get(id)
        #expect(fixture.hooks.count(of: .upload) == reads + 1, "it was still in memory")
    }

    @Test func `a write that failed is kept out by a completion, and what came before it counts`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 12)
        let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await writer.write(content(5))
        fixture.hooks.failNext(.write, .before, .storeFull)
        await expectRefusal(.storeFull) { try await writer.write(content(7, from: 5)) }
        await expectRefusal(.storeFull, completing: writer)
        #expect(try await fixture.sessions.get(id).session.offset == 5)
    }
}
