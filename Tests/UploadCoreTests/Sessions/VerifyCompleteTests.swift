import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct VerifyCompleteTests {
    @Test func `missing chunks are told as ranges, with their bytes`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 65)
        for index in [1, 4] as [UInt64] {
            try await fixture.service.putChunk(id, index: index, content(10), by: fixture.ben)
        }
        await expectRefusal(with: .incomplete(missing: [0...0, 2...3, 5...6], bytes: 45)) {
            try await fixture.sessions.verifyChunksComplete(id)
        }
    }

    @Test func `once all chunks are durable nothing is missing, also after the commit`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        try await fixture.sessions.verifyChunksComplete(id)
        #expect(try await fixture.status(id) == .pending)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        try await fixture.sessions.verifyChunksComplete(id)
    }

    @Test func `a concatenation is complete once its parts are committed`() async throws {
        let fixture = try await Fixture()
        let parts = [
            try await fixture.commit(content(25), isPartial: true),
            try await fixture.begin(length: 10, isPartial: true),
        ]
        let whole = try await fixture.service.concatenate(fixture.request(.append), parts: parts, by: fixture.ben)
        await expectRefusal(.incomplete) { try await fixture.sessions.verifyChunksComplete(whole.id) }
        try await fixture.putAll(parts[1], content(10))
        _ = try await fixture.service.commit(parts[1], by: fixture.ben)
        try await fixture.sessions.verifyChunksComplete(whole.id)
    }

    @Test func `an empty upload is complete as it begins`() async throws {
        let fixture = try await Fixture()
        try await fixture.sessions.verifyChunksComplete(try await fixture.begin(length: 0))
        try await fixture.sessions.verifyChunksComplete(try await fixture.begin(.append, length: 0))
    }

    @Test func `an append tells the bytes that are missing`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 25)
        try await fixture.service.append(id, at: 0, content(7), by: fixture.ben)
        let error = await expectRefusal(.incomplete) { try await fixture.sessions.verifyChunksComplete(id) }
        #expect(error?["missing_bytes"] == .number(18))
    }

    @Test func `asking changes nothing where the length is unknown`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        try await fixture.sessions.verifyChunksComplete(id)
        #expect(try await fixture.sessions.get(id).session.spec.expectedBytes == nil)
        try await fixture.service.putChunk(id, index: 2, content(10), by: fixture.ben)
        await expectRefusal(with: .incomplete(missing: [1...1], bytes: nil)) {
            try await fixture.sessions.verifyChunksComplete(id)
        }
    }

    @Test func `an upload that has ended is gone`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.sessions.abort(id)
        await expectRefusal(.gone) { try await fixture.sessions.verifyChunksComplete(id) }
    }
}
