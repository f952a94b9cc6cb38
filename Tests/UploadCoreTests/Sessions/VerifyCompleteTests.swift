import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct VerifyCompleteTests {
    @Test func `missing chunks are told as ranges, with their bytes`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 65)
        for index in [1, 4] as [UInt64] {
            try await bench.service.putChunk(id, index: index, content(10), by: bench.ben)
        }
        await expectRefusal(with: .incomplete(missing: [0...0, 2...3, 5...6], bytes: 45)) {
            try await bench.sessions.verifyChunksComplete(id)
        }
    }

    @Test func `once all chunks are durable nothing is missing, also after the commit`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        try await bench.sessions.verifyChunksComplete(id)
        #expect(try await bench.status(id) == .pending)
        _ = try await bench.service.commit(id, by: bench.ben)
        try await bench.sessions.verifyChunksComplete(id)
    }

    @Test func `an empty upload is complete as it begins`() async throws {
        let bench = try await Bench()
        try await bench.sessions.verifyChunksComplete(try await bench.begin(length: 0))
        try await bench.sessions.verifyChunksComplete(try await bench.begin(.append, length: 0))
    }

    @Test func `an append tells the bytes that are missing`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append, length: 25)
        try await bench.service.append(id, at: 0, content(7), by: bench.ben)
        let error = await expectRefusal(.incomplete) { try await bench.sessions.verifyChunksComplete(id) }
        #expect(error?["missing_bytes"] == .number(18))
    }

    @Test func `asking changes nothing where the length is unknown`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin()
        try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        try await bench.sessions.verifyChunksComplete(id)
        #expect(try await bench.sessions.get(id).session.spec.expectedBytes == nil)
        try await bench.service.putChunk(id, index: 2, content(10), by: bench.ben)
        await expectRefusal(with: .incomplete(missing: [1...1], bytes: nil)) {
            try await bench.sessions.verifyChunksComplete(id)
        }
    }

    @Test func `an upload that has ended is gone`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.sessions.abort(id)
        await expectRefusal(.gone) { try await bench.sessions.verifyChunksComplete(id) }
    }
}
