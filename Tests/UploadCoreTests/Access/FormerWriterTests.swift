import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// A writer whose role was taken away while its uploads are pending. Ben is the writer, anna owns the capsule.
@Suite struct FormerWriterTests {
    enum Change: CaseIterable {
        case removed, demoted

        var role: Role? { self == .removed ? nil : .reader }
        var code: UploadError.Code { self == .removed ? .notFound : .forbidden }
    }

    @Test(arguments: Change.allCases)
    func `it can neither write nor finish, and its chunks stay what they were`(_ change: Change) async throws {
        let fixture = try await Fixture()
        let chunks = try await fixture.begin(length: 20)
        let unsized = try await fixture.begin(.append)
        try await fixture.service.putChunk(chunks, index: 0, content(10), by: fixture.ben)
        try await fixture.service.append(unsized, at: 0, content(5), by: fixture.ben)
        try await fixture.service.setRole(change.role, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        let service = fixture.service
        await expectRefusal(change.code) {
            try await service.putChunk(chunks, index: 1, content(10, from: 10), by: fixture.ben)
        }
        await expectRefusal(change.code) { _ = try await service.openChunk(chunks, index: 1, by: fixture.ben) }
        await expectRefusal(change.code) { try await service.append(unsized, at: 5, content(5), by: fixture.ben) }
        await expectRefusal(change.code) { try await service.declareLength(of: unsized, 9, by: fixture.ben) }
        await expectRefusal(change.code) { try await service.commit(unsized, by: fixture.ben) }
        #expect(try await fixture.sessions.get(chunks).session.receivedBytes == 10)
        #expect(try await fixture.sessions.get(unsized).session.offset == 5)
        // With its role it goes on where it was.
        try await service.setRole(.writer, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        try await service.putChunk(chunks, index: 1, content(10, from: 10), by: fixture.ben)
        _ = try await service.commit(chunks, digest: Digest(of: content(20)), by: fixture.ben)
    }

    @Test(arguments: Change.allCases)
    func `bytes that arrive while the role is taken away are not recorded`(_ change: Change) async throws {
        let fixture = try await Fixture()
        let chunks = try await fixture.begin(length: 20)
        let append = try await fixture.begin(.append, length: 20)
        let chunk = try await fixture.service.openChunk(chunks, index: 0, by: fixture.ben)
        let writer = try await fixture.service.openAppend(append, at: 0, by: fixture.ben)
        try await chunk.write(content(10))
        try await writer.write(content(10))
        try await writer.checkpoint()
        try await fixture.service.setRole(change.role, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        try await writer.write(content(5, from: 10))
        await expectRefusal(change.code, completing: chunk)
        await expectRefusal(change.code, completing: writer)
        #expect(try await fixture.sessions.get(chunks).session.receivedBytes == 0)
        #expect(try await fixture.sessions.get(append).session.offset == 10)
        // The owner sees what is durable.
        #expect(try await fixture.service.status(of: append, by: fixture.anna).session.offset == 10)
    }

    @Test func `a reader may query and abort its uploads, which does not keep them alive`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 20)
        let other = try await fixture.begin(length: 20)
        try await fixture.service.setRole(.reader, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds - 1)
        #expect(try await fixture.service.status(of: id, by: fixture.ben).id == id)
        #expect(try await fixture.service.quiescedStatus(of: id, by: fixture.ben).id == id)
        try await fixture.service.abort(other, by: fixture.ben)
        fixture.clock.advance(milliseconds: 2)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [id])
    }

    @Test func `for a removed member its uploads do not exist, and they expire`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 20)
        try await fixture.service.setRole(nil, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        fixture.clock.advance(milliseconds: fixture.limits.timeToLiveMilliseconds - 1)
        await expectRefusal(.notFound) { try await fixture.service.status(of: id, by: fixture.ben) }
        await expectRefusal(.notFound) { try await fixture.service.quiescedStatus(of: id, by: fixture.ben) }
        await expectRefusal(.notFound) { try await fixture.service.abort(id, by: fixture.ben) }
        fixture.clock.advance(milliseconds: 2)
        #expect(try await fixture.sessions.cleanupExpiredSessions() == [id])
    }

    @Test func `the owner lists the uploads of all callers, and aborts them`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 20)
        let own = try await fixture.service.beginUpload(fixture.request(length: 5), by: fixture.anna).record.id
        try await fixture.service.setRole(nil, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        let service = fixture.service
        let listed = try await service.uploads(in: fixture.capsule, ofAll: true, state: .pending, by: fixture.anna)
        #expect(Set(listed.map(\.id)) == [id, own])
        #expect(try await service.uploads(in: fixture.capsule, by: fixture.anna).map(\.id) == [own])
        await expectRefusal(.forbidden) {
            try await service.uploads(in: fixture.capsule, ofAll: true, by: fixture.rita)
        }
        await expectRefusal(.notFound) {
            try await service.uploads(in: fixture.capsule, ofAll: true, by: fixture.mallory)
        }
        try await service.abort(id, by: fixture.anna)
        #expect(try await service.usage(of: fixture.anna).reservedBytes == 5)
        #expect(try await service.usage(of: fixture.ben) == Usage())
    }

    @Test func `access checks of chunks read the capsule once`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 50)
        for index: UInt64 in 0..<5 {
            try await fixture.service.putChunk(id, index: index, content(10), by: fixture.ben)
        }
        #expect(fixture.hooks.count(of: .capsule) == 1)
    }
}
