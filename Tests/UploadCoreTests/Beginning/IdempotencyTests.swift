import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct IdempotencyTests {
    @Test func `the same request under the same key is the same upload, with what it has by now`() async throws {
        let fixture = try await Fixture()
        let request = fixture.request(length: 25, key: "k")
        let began = try await fixture.service.beginUpload(request, by: fixture.ben)
        #expect(!began.isReplay)
        let first = began.record
        try await fixture.service.putChunk(first.id, index: 2, content(5), by: fixture.ben)
        for service in [fixture.service, try fixture.reopened()] {
            let again = try await service.beginUpload(request, by: fixture.ben)
            #expect(again.isReplay)
            #expect(again.record.id == first.id)
            #expect(again.record.session.pieces.contains(2))
        }
        #expect(try await fixture.sessions.totalSessionCount() == 1)
    }

    @Test func `after the commit the repetition answers with the blob`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.commit(content(25), key: "k")
        for service in [fixture.service, try fixture.reopened()] {
            let record = try await service.beginUpload(fixture.request(length: 25, key: "k"), by: fixture.ben).record
            #expect(record.id == id)
            #expect(record.blob == BlobId(id))
            #expect(record.digest == .whole(Digest(of: content(25))))
        }
    }

    private static let otherRequests: [@Sendable (inout BeginRequest) -> Void] = [
        { $0.length = 26 }, { $0.length = nil }, { $0.layout = .append }, { $0.layout = .chunks(size: 11) },
        { $0.layout = .chunks() }, { $0.asset.name = "other" }, { $0.asset.contentType = "other" },
        { $0.asset.opaque = "other" }, { $0.expectedChunks = 3 }, { $0.expectedDigest = Digest(of: [1]) },
        { $0.provisionalMemoryId = "other" }, { $0.isPartial = true },
    ]

    @Test(arguments: otherRequests.indices) func `another request under the same key is a conflict`(
        _ number: Int
    ) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 25, key: "k")
        var other = fixture.request(length: 25, key: "k")
        Self.otherRequests[number](&other)
        await expectRefusal(.idempotencyConflict) { try await fixture.service.beginUpload(other, by: fixture.ben) }
        try await fixture.putAll(id, content(25))
        _ = try await fixture.service.commit(id, by: fixture.ben)
        await expectRefusal(.idempotencyConflict) { try await fixture.service.beginUpload(other, by: fixture.ben) }
    }

    @Test func `fields that lie next to each other are told apart`() async throws {
        let fixture = try await Fixture()
        var (first, second) = (fixture.request(length: 25, key: "k"), fixture.request(length: 25, key: "k"))
        (first.asset.name, first.asset.contentType) = ("ab", "c")
        (second.asset.name, second.asset.contentType) = ("a", "bc")
        _ = try await fixture.service.beginUpload(first, by: fixture.ben)
        await expectRefusal(.idempotencyConflict) { try await fixture.service.beginUpload(second, by: fixture.ben) }
    }

    @Test func `keys are each caller's own, in each capsule anew`() async throws {
        let fixture = try await Fixture()
        let other = try await fixture.service.createCapsule(title: "other", by: fixture.ben)
        var elsewhere = fixture.request(length: 30, key: "k")
        elsewhere.capsule = other.id
        let ids = [
            try await fixture.begin(length: 25, key: "k"),
            try await fixture.service.beginUpload(fixture.request(length: 26, key: "k"), by: fixture.anna).record.id,
            try await fixture.service.beginUpload(elsewhere, by: fixture.ben).record.id,
        ]
        #expect(Set(ids).count == 3)
    }

    @Test func `an abort gives the key free, and so does the deletion of the blob`() async throws {
        let fixture = try await Fixture()
        let aborted = try await fixture.begin(length: 25, key: "k")
        try await fixture.sessions.abort(aborted)
        let second = try await fixture.commit(content(30), key: "k")
        #expect(second != aborted)
        try await fixture.service.deleteBlob(BlobId(second), by: fixture.ben)
        let third = try await fixture.begin(length: 35, key: "k")
        #expect(third != second)
    }

    @Test func `keys are bytes and compared exactly`() async throws {
        let fixture = try await Fixture()
        let ids = Set([
            try await fixture.begin(length: 25, key: "é"), try await fixture.begin(length: 25, key: "e\u{301}"),
            try await fixture.begin(length: 25, key: "É"), try await fixture.begin(length: 25, key: "é\0"),
        ])
        #expect(ids.count == 4)
    }

    @Test func `a repetition asks for the role again`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.begin(length: 25, key: "k")
        try await fixture.service.setRole(.reader, of: fixture.ben, in: fixture.capsule, by: fixture.anna)
        await expectRefusal(.forbidden) { try await fixture.begin(length: 25, key: "k") }
    }

    @Test(arguments: 0..<40) func `of many equal requests at once one begins an upload`(_ seed: UInt64) async throws {
        let fixture = try await Fixture()
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        let ids = Collected<SessionId>()
        for _ in 0..<5 {
            scheduler.start {
                if let id = try? await fixture.begin(length: 25, key: "k") { ids.append(id) }
            }
        }
        try scheduler.runUntilIdle()
        #expect(ids.all.count == 5)
        #expect(Set(ids.all).count == 1)
    }
}
