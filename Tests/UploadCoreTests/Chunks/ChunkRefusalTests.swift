import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ChunkRefusalTests {
    @Test(arguments: [(0, 9), (0, 11), (1, 0), (2, 4), (2, 6), (2, 10)])
    func `a chunk of another size than its place has is refused and stays missing`(
        _ index: UInt64, _ count: Int
    ) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let expected: UInt64 = index == 2 ? 5 : 10
        await expectRefusal(with: .sizeMismatch(expected: expected, actual: UInt64(count))) {
            try await fixture.service.putChunk(id, index: index, content(count), by: fixture.ben)
        }
        #expect(try await fixture.sessions.get(id).missing == [0...2])
        #expect(try await fixture.stored() == (0, 0))
    }

    @Test(arguments: [(0, 9), (0, 11), (2, 4), (2, 6)])
    func `the same holds where the size is not told before`(_ index: UInt64, _ count: Int) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let writer = try await fixture.service.openChunk(id, index: index, by: fixture.ben)
        if let code = await outcome({ try await writer.write(content(count)) }) {
            #expect(code == .sizeMismatch)
            await writer.cancel()
        } else {
            await expectRefusal(.sizeMismatch, completing: writer)
        }
        #expect(try await fixture.sessions.get(id).missing == [0...2])
        try await fixture.service.putChunk(id, index: index, content(index == 2 ? 5 : 10), by: fixture.ben)
    }

    @Test(arguments: [3, 4, 1 << 40, UInt64.max])
    func `an index past the last chunk is refused`(_ index: UInt64) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let error = await expectRefusal(.invalidArgument) {
            try await fixture.service.putChunk(id, index: index, content(10), by: fixture.ben)
        }
        #expect(error?["argument"] == .text("index"))
    }

    @Test func `an empty upload has no chunk at all`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 0)
        await expectRefusal(.invalidArgument) { try await fixture.service.putChunk(id, index: 0, [], by: fixture.ben) }
    }

    @Test(arguments: [UInt64.max, UInt64.max / 10, 1 << 60])
    func `an index without bounds is refused where the length is unknown`(_ index: UInt64) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        await expectRefusal(where: [.invalidArgument, .tooLarge]) {
            try await fixture.service.putChunk(id, index: index, content(10), by: fixture.ben)
        }
        #expect(try await fixture.sessions.get(id).session.pieces.count == 0)
    }

    @Test func `an upload of unknown length grows to the limit of chunks and of bytes`() async throws {
        let fixture = try await Fixture { limits in
            limits.chunksMax = 4
            limits.uploadBytesMax = 35
        }
        let id = try await fixture.begin(.chunks(size: 5))
        try await fixture.service.putChunk(id, index: 3, content(5), by: fixture.ben)
        await expectLimit(.chunks, 4) { try await fixture.service.putChunk(id, index: 4, content(5), by: fixture.ben) }
        let wide = try await fixture.begin(.chunks(size: 35))
        try await fixture.service.putChunk(wide, index: 0, content(35), by: fixture.ben)
        await expectRefusal(.tooLarge) {
            try await fixture.service.putChunk(wide, index: 1, content(1), by: fixture.ben)
        }
    }

    @Test func `an upload of unknown length reaches the limit of bytes with a short last chunk`() async throws {
        let fixture = try await Fixture { $0.uploadBytesMax = 35 }
        let id = try await fixture.begin()
        for index in 0..<3 {
            try await fixture.service.putChunk(id, index: UInt64(index), content(10), by: fixture.ben)
        }
        await expectRefusal(.tooLarge) { try await fixture.service.putChunk(id, index: 3, content(6), by: fixture.ben) }
        let code = await outcome { try await fixture.service.putChunk(id, index: 3, content(5), by: fixture.ben) }
        #expect(code == nil)
    }

    @Test func `a refused chunk leaves no claim behind`() async throws {
        let fixture = try await Fixture { $0.chunksMax = 4 }
        let id = try await fixture.begin()
        await expectRefusal(.tooLarge) {
            try await fixture.service.putChunk(id, index: 9, content(10), by: fixture.ben)
        }
        #expect(try await fixture.sessions.get(id).session.hasWriters == false)
    }

    @Test func `after the commit and after an abort no chunk is taken`() async throws {
        let fixture = try await Fixture()
        let committed = try await fixture.commit(content(25))
        await expectRefusal(.committed) {
            try await fixture.service.putChunk(committed, index: 0, content(10), by: fixture.ben)
        }
        let aborted = try await fixture.begin(length: 25)
        try await fixture.sessions.abort(aborted)
        await expectRefusal(with: .gone(.aborted(at: fixture.clock.now()))) {
            try await fixture.service.putChunk(aborted, index: 0, content(10), by: fixture.ben)
        }
    }

    @Test func `an append takes no chunks, and chunks no append`() async throws {
        let fixture = try await Fixture()
        let append = try await fixture.begin(.append, length: 25)
        await expectRefusal(.invalidArgument) {
            try await fixture.service.putChunk(append, index: 0, content(10), by: fixture.ben)
        }
        let chunks = try await fixture.begin(length: 25)
        await expectRefusal(.invalidArgument) {
            try await fixture.service.append(chunks, at: 0, content(10), by: fixture.ben)
        }
    }

    @Test func `a short chunk before durable ones is refused where the length is unknown`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        try await fixture.service.putChunk(id, index: 2, content(10), by: fixture.ben)
        await expectRefusal(.sizeMismatch) {
            try await fixture.service.putChunk(id, index: 1, content(4), by: fixture.ben)
        }
        let writer = try await fixture.service.openChunk(id, index: 1, by: fixture.ben)
        try await writer.write(content(4))
        await expectRefusal(.sizeMismatch, completing: writer)
        #expect(try await fixture.sessions.get(id).session.spec.expectedBytes == nil)
        #expect(try await fixture.reopened().sessions.get(id).session.spec.expectedBytes == nil)
    }
}
