import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Appends that have a digest to match count whole or not at all.
@Suite struct AppendDigestTests {
    @Test(arguments: [Storage.file, .catalogue])
    func `bytes with another digest are discarded, and the right ones follow`(_ storage: Storage) async throws {
        let fixture = try await Fixture(storage)
        let bytes = content(25)
        let id = try await fixture.begin(.append, length: 25)
        try await fixture.service.append(
            id, at: 0, bytes[..<5], digest: Digest(of: Array(bytes[..<5])), by: fixture.ben)
        let (right, wrong) = (Array(bytes[5...]), Array(bytes[5...]).inverted)
        await expectRefusal(
            with: .checksumMismatch(expected: Digest(of: right).hex, actual: Digest(of: wrong).hex)
        ) {
            try await fixture.service.append(id, at: 5, wrong, digest: Digest(of: right), by: fixture.ben)
        }
        #expect(try await fixture.sessions.get(id).session.offset == 5)
        #expect(try await fixture.service.append(id, at: 5, right, digest: Digest(of: right), by: fixture.ben) == 25)
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
        #expect(try await fixture.read(id) == bytes)
    }

    @Test func `what was discarded is in no blob, even where less follows`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        await expectRefusal(.checksumMismatch) {
            try await fixture.service.append(id, at: 0, content(20), digest: Digest(of: [1]), by: fixture.ben)
        }
        try await fixture.service.append(id, at: 0, content(5), by: fixture.ben)
        let record = try await fixture.service.commit(id, by: fixture.ben)
        #expect(record.session.spec.expectedBytes == 5)
        #expect(try await fixture.read(id) == content(5))
        #expect(try await fixture.stored() == (1, 5))
    }

    @Test func `nothing of it counts when it breaks off`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        let writer = try await fixture.service.openAppend(
            id, at: 0, isAllOrNothing: true, isDigested: true, by: fixture.ben)
        try await writer.write(content(10))
        #expect(try await writer.checkpoint() == 0)
        await writer.cancel()
        #expect(try await fixture.sessions.get(id).session.offset == 0)
    }

    @Test func `a mismatch without all or nothing takes back only what was not durable yet`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        let writer = try await fixture.service.openAppend(id, at: 0, isDigested: true, by: fixture.ben)
        try await writer.write(content(5))
        try await writer.checkpoint()
        try await writer.write(content(5))
        await expectRefusal(.checksumMismatch, completing: writer, expecting: Digest(of: [1]))
        #expect(try await fixture.sessions.get(id).session.offset == 5)
    }
}
