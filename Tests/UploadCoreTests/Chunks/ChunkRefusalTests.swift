import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ChunkRefusalTests {
    @Test(arguments: [(0, 9), (0, 11), (1, 0), (2, 4), (2, 6), (2, 10)])
    func `a chunk of another size than its place has is refused and stays missing`(
        _ index: UInt64, _ count: Int
    ) async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let expected: UInt64 = index == 2 ? 5 : 10
        await expectRefusal(with: .sizeMismatch(expected: expected, actual: UInt64(count))) {
            try await bench.service.putChunk(id, index: index, content(count), by: bench.ben)
        }
        #expect(try await bench.sessions.get(id).missing == [0...2])
        #expect(try await bench.stored() == (0, 0))
    }

    @Test(arguments: [(0, 9), (0, 11), (2, 4), (2, 6)])
    func `the same holds where the size is not told before`(_ index: UInt64, _ count: Int) async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let writer = try await bench.service.openChunk(id, index: index, by: bench.ben)
        await expectRefusal(.sizeMismatch) {
            try await writer.write(content(count))
            try await writer.complete()
        }
        await writer.cancel()
        #expect(try await bench.sessions.get(id).missing == [0...2])
        try await bench.service.putChunk(id, index: index, content(index == 2 ? 5 : 10), by: bench.ben)
    }

    @Test(arguments: [3, 4, 1 << 40, UInt64.max])
    func `an index past the last chunk is refused`(_ index: UInt64) async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let error = await expectRefusal(.invalidArgument) {
            try await bench.service.putChunk(id, index: index, content(10), by: bench.ben)
        }
        #expect(error?["argument"] == .text("index"))
    }

    @Test func `an empty upload has no chunk at all`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 0)
        await expectRefusal(.invalidArgument) { try await bench.service.putChunk(id, index: 0, [], by: bench.ben) }
    }

    @Test(arguments: [UInt64.max, UInt64.max / 10, 1 << 60])
    func `an index without bounds is refused where the length is unknown`(_ index: UInt64) async throws {
        let bench = try await Bench()
        let id = try await bench.begin()
        await expectRefusal(where: [.invalidArgument, .tooLarge]) {
            try await bench.service.putChunk(id, index: index, content(10), by: bench.ben)
        }
        #expect(try await bench.sessions.get(id).session.pieces.count == 0)
    }

    @Test func `an upload of unknown length grows to the limit of chunks and of bytes`() async throws {
        let bench = try await Bench { limits in
            limits.chunksMax = 4
            limits.uploadBytesMax = 35
        }
        let id = try await bench.begin(.chunks(size: 5))
        try await bench.service.putChunk(id, index: 3, content(5), by: bench.ben)
        await expectLimit(.chunks, 4) { try await bench.service.putChunk(id, index: 4, content(5), by: bench.ben) }
        let wide = try await bench.begin(.chunks(size: 35))
        try await bench.service.putChunk(wide, index: 0, content(35), by: bench.ben)
        await expectRefusal(.tooLarge) { try await bench.service.putChunk(wide, index: 1, content(1), by: bench.ben) }
    }

    @Test func `an upload of unknown length reaches the limit of bytes with a short last chunk`() async throws {
        let bench = try await Bench { $0.uploadBytesMax = 35 }
        let id = try await bench.begin()
        for index in 0..<3 { try await bench.service.putChunk(id, index: UInt64(index), content(10), by: bench.ben) }
        await expectRefusal(.tooLarge) { try await bench.service.putChunk(id, index: 3, content(6), by: bench.ben) }
        let code = await outcome { try await bench.service.putChunk(id, index: 3, content(5), by: bench.ben) }
        #expect(code == nil)
    }

    @Test func `a refused chunk leaves no claim behind`() async throws {
        let bench = try await Bench { $0.chunksMax = 4 }
        let id = try await bench.begin()
        await expectRefusal(.tooLarge) { try await bench.service.putChunk(id, index: 9, content(10), by: bench.ben) }
        #expect(try await bench.sessions.get(id).session.hasWriters == false)
    }

    @Test func `after the commit and after an abort no chunk is taken`() async throws {
        let bench = try await Bench()
        let committed = try await bench.commit(content(25))
        await expectRefusal(.committed) {
            try await bench.service.putChunk(committed, index: 0, content(10), by: bench.ben)
        }
        let aborted = try await bench.begin(length: 25)
        try await bench.sessions.abort(aborted)
        await expectRefusal(with: .gone(.aborted(at: bench.clock.now()))) {
            try await bench.service.putChunk(aborted, index: 0, content(10), by: bench.ben)
        }
    }

    @Test func `an append takes no chunks, and chunks no append`() async throws {
        let bench = try await Bench()
        let append = try await bench.begin(.append, length: 25)
        await expectRefusal(.invalidArgument) {
            try await bench.service.putChunk(append, index: 0, content(10), by: bench.ben)
        }
        let chunks = try await bench.begin(length: 25)
        await expectRefusal(.invalidArgument) {
            try await bench.service.append(chunks, at: 0, content(10), by: bench.ben)
        }
    }

    @Test func `a short chunk before durable ones is refused where the length is unknown`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin()
        try await bench.service.putChunk(id, index: 2, content(10), by: bench.ben)
        await expectRefusal(.sizeMismatch) {
            try await bench.service.putChunk(id, index: 1, content(4), by: bench.ben)
        }
        let writer = try await bench.service.openChunk(id, index: 1, by: bench.ben)
        try await writer.write(content(4))
        await expectRefusal(.sizeMismatch) { try await writer.complete() }
        #expect(try await bench.sessions.get(id).session.spec.expectedBytes == nil)
        #expect(try await bench.reopened().sessions.get(id).session.spec.expectedBytes == nil)
    }
}
