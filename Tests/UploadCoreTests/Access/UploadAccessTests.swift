import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Who may do what with an upload: its caller everything, the capsule's owner look and abort, nobody else anything.
@Suite struct UploadAccessTests {
    typealias Operation = @Sendable (Bench, SessionId, Principal) async throws -> Void

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
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let operation = try #require(Self.callersOnly.first { $0.0 == name }).1
        for other in [bench.anna, bench.rita, bench.mallory, Principal("BEN"), Principal("")] {
            await expectRefusal(with: .notFound(.upload)) { try await operation(bench, id, other) }
        }
        #expect(try await bench.sessions.get(id).session.receivedBytes == 0)
    }

    @Test func `the capsule's owner looks at another's upload and aborts it, others do not`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        for other in [bench.rita, bench.mallory] {
            await expectRefusal(with: .notFound(.upload)) { try await bench.service.status(of: id, by: other) }
            await expectRefusal(with: .notFound(.upload)) { try await bench.service.settledStatus(of: id, by: other) }
            await expectRefusal(with: .notFound(.upload)) { try await bench.service.abort(id, by: other) }
        }
        #expect(try await bench.service.status(of: id, by: bench.anna).id == id)
        #expect(try await bench.service.settledStatus(of: id, by: bench.anna).id == id)
        try await bench.service.abort(id, by: bench.anna)
        #expect(try await bench.status(id).isAborted)
    }

    @Test func `a foreign id and an id that never was look the same`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        let foreign = await expectRefusal(.notFound) { try await bench.service.status(of: id, by: bench.mallory) }
        let unknown = await expectRefusal(.notFound) {
            try await bench.service.status(of: SessionId(high: 1, low: 1), by: bench.mallory)
        }
        #expect(foreign == unknown)
        #expect(foreign?.description == unknown?.description)
    }

    @Test func `a writer who became a reader finishes nothing, but may abort`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        try await bench.service.setRole(.reader, of: bench.ben, in: bench.capsule, by: bench.anna)
        await expectRefusal(with: .forbidden(needs: .writer)) { try await bench.service.commit(id, by: bench.ben) }
        #expect(try await bench.status(id) == .pending)
        try await bench.service.setRole(.writer, of: bench.ben, in: bench.capsule, by: bench.anna)
        _ = try await bench.service.commit(id, by: bench.ben)
    }

    @Test func `a writer who was put out finishes nothing and learns nothing of the capsule`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(length: 25)
        try await bench.putAll(id, content(25))
        try await bench.service.setRole(nil, of: bench.ben, in: bench.capsule, by: bench.anna)
        await expectRefusal(with: .notFound(.capsule)) { try await bench.service.commit(id, by: bench.ben) }
        #expect(try await bench.service.countBlobs() == 0)
        await expectRefusal(.notFound) { try await bench.service.uploads(in: bench.capsule, by: bench.ben) }
        try await bench.service.abort(id, by: bench.ben)
    }

    @Test func `lists show a caller nothing of others`() async throws {
        let bench = try await Bench()
        _ = try await bench.begin(length: 25)
        #expect(try await bench.service.uploads(in: bench.capsule, by: bench.anna).isEmpty)
        #expect(try await bench.service.uploads(in: bench.capsule, by: bench.rita).isEmpty)
        await expectRefusal(with: .notFound(.capsule)) {
            try await bench.service.uploads(in: bench.capsule, by: bench.mallory)
        }
    }
}

@Suite struct BlobAccessTests {
    @Test func `readers read, writers delete, strangers find nothing`() async throws {
        let bench = try await Bench()
        let id = BlobId(try await bench.commit(content(25)))
        for caller in [bench.anna, bench.ben, bench.rita] {
            #expect(try await bench.service.blob(id, by: caller).size == 25)
            var reader = try await bench.service.readChunk(id, index: 2, by: caller)
            #expect(try await reader.readAll().count == 5)
        }
        await expectRefusal(with: .notFound(.blob)) { try await bench.service.blob(id, by: bench.mallory) }
        await expectRefusal(with: .notFound(.blob)) { try await bench.service.read(id, by: bench.mallory) }
        await expectRefusal(with: .notFound(.blob)) {
            try await bench.service.readChunk(id, index: 0, by: bench.mallory)
        }
        await expectRefusal(with: .notFound(.blob)) { try await bench.service.deleteBlob(id, by: bench.mallory) }
        await expectRefusal(with: .forbidden(needs: .writer)) { try await bench.service.deleteBlob(id, by: bench.rita) }
        try await bench.service.deleteBlob(id, by: bench.anna)
    }
}
