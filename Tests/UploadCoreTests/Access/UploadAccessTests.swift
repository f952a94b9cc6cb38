import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Who may do what with an upload: its caller everything, the capsule's owner look and abort, nobody else anything.
@Suite struct UploadAccessTests {
    typealias Operation = @Sendable (Fixture, SessionId, Principal) async throws -> Void

    private static let callersOnly: [(String, Operation)] = [
        ("putChunk", { try await $0.service.putChunk($1, index: 0, content(10), by: $2) }),
        ("openChunk", { _ = try await $0.service.openChunk($1, index: 0, by: $2) }),
        ("append", { try await $0.service.append($1, at: 0, [1], by: $2) }),
        ("openAppend", { _ = try await $0.service.openAppend($1, at: 0, by: $2) }),
        ("declareLength", { _ = try await $0.service.declareLength(of: $1, 25, by: $2) }),
        ("commit", { _ = try await $0.service.commit($1, by: $2) }),
    ]

    @Test(arguments: callersOnly.map(\.0)) func `only its caller writes and finishes an upload`(
        _ name: String
    ) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let operation = try #require(Self.callersOnly.first { $0.0 == name }).1
        for other in [fixture.anna, fixture.rita, fixture.mallory, Principal("BEN"), Principal("")] {
            await expectRefusal(with: .notFound(.upload)) { try await operation(fixture, id, other) }
        }
        #expect(try await fixture.sessions.get(id).session.receivedBytes == 0)
    }

    @Test func `the capsule's owner looks at another's upload and aborts it, others do not`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        for other in [fixture.rita, fixture.mallory] {
            await expectRefusal(with: .notFound(.upload)) { try await fixture.service.status(of: id, by: other) }
            await expectRefusal(with: .notFound(.upload)) {
                try await fixture.service.quiescedStatus(of: id, by: other)
            }
            await expectRefusal(with: .notFound(.upload)) { try await fixture.service.abort(id, by: other) }
        }
        #expect(try await fixture.service.status(of: id, by: fixture.anna).id == id)
        #expect(try await fixture.service.quiescedStatus(of: id, by: fixture.anna).id == id)
        try await fixture.service.abort(id, by: fixture.anna)
        #expect(try await fixture.status(id).isAborted)
    }

    @Test func `a foreign id and an id that never was look the same`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        let foreign = await expectRefusal(.notFound) { try await fixture.service.status(of: id, by: fixture.mallory) }
        let unknown = await expectRefusal(.notFound) {
            try await fixture.service.status(of: SessionId(high: 1, low: 1), by: fixture.mallory)
        }
        #expect(foreign == unknown)
        #expect(foreign?.description == unknown?.description)
    }

    @Test func `a writer who became a reader finishes nothing, but may abort`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        try await fixture.service.setRole(.reader, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        await expectRefusal(with: .forbidden(needs: .writer)) { try await fixture.service.commit(id, by: fixture.ben) }
        #expect(try await fixture.status(id) == .pending)
        try await fixture.service.setRole(.writer, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        _ = try await fixture.service.commit(id, by: fixture.ben)
    }

    @Test func `a writer who was put out finishes nothing and learns nothing of the capsule`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25)
        try await fixture.putAll(id, content(25))
        try await fixture.service.setRole(nil, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        await expectRefusal(with: .notFound(.upload)) { try await fixture.service.commit(id, by: fixture.ben) }
        #expect(try await fixture.service.countBlobs() == 0)
        await expectRefusal(.notFound) { try await fixture.service.uploads(in: fixture.capsule, by: fixture.ben) }
        await expectRefusal(with: .notFound(.upload)) { try await fixture.service.abort(id, by: fixture.ben) }
        // It is the owner's to end.
        try await fixture.service.abort(id, by: fixture.anna)
    }

    @Test func `lists show a caller nothing of others`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.begin(length: 25)
        #expect(try await fixture.service.uploads(in: fixture.capsule, by: fixture.anna).isEmpty)
        #expect(try await fixture.service.uploads(in: fixture.capsule, by: fixture.rita).isEmpty)
        await expectRefusal(with: .notFound(.capsule)) {
            try await fixture.service.uploads(in: fixture.capsule, by: fixture.mallory)
        }
    }
}

@Suite struct BlobAccessTests {
    @Test func `readers read, writers delete, strangers find nothing`() async throws {
        let fixture = try await Fixture()
        let id = BlobId(try await fixture.commit(content(25)))
        for caller in [fixture.anna, fixture.ben, fixture.rita] {
            #expect(try await fixture.service.blob(id, by: caller).size == 25)
            var reader = try await fixture.service.readChunk(id, index: 2, by: caller)
            #expect(try await reader.readAll().count == 5)
        }
        await expectRefusal(with: .notFound(.blob)) { try await fixture.service.blob(id, by: fixture.mallory) }
        await expectRefusal(with: .notFound(.blob)) { try await fixture.service.read(id, by: fixture.mallory) }
        await expectRefusal(with: .notFound(.blob)) {
            try await fixture.service.readChunk(id, index: 0, by: fixture.mallory)
        }
        await expectRefusal(with: .notFound(.blob)) { try await fixture.service.deleteBlob(id, by: fixture.mallory) }
        await expectRefusal(with: .forbidden(needs: .writer)) {
            try await fixture.service.deleteBlob(id, by: fixture.rita)
        }
        try await fixture.service.deleteBlob(id, by: fixture.anna)
    }
}
