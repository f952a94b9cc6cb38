import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct IdempotencyTests {
    @Test func `the same request under the same key is the same upload, with what it has by now`() async throws {
        let bench = try await Bench()
        let request = bench.request(length: 25, key: "k")
        let began = try await bench.service.beginUpload(request, by: bench.ben)
        #expect(!began.isReplay)
        let first = began.record
        try await bench.service.putChunk(first.id, index: 2, content(5), by: bench.ben)
        for service in [bench.service, try bench.reopened()] {
            let again = try await service.beginUpload(request, by: bench.ben)
            #expect(again.isReplay)
            #expect(again.record.id == first.id)
            #expect(again.record.session.pieces.contains(2))
        }
        #expect(try await bench.sessions.totalSessionCount() == 1)
    }

    @Test func `after the commit the repetition answers with the blob`() async throws {
        let bench = try await Bench()
        let id = try await bench.commit(content(25), key: "k")
        for service in [bench.service, try bench.reopened()] {
            let record = try await service.beginUpload(bench.request(length: 25, key: "k"), by: bench.ben).record
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
        let bench = try await Bench()
        let id = try await bench.begin(length: 25, key: "k")
        var other = bench.request(length: 25, key: "k")
        Self.otherRequests[number](&other)
        await expectRefusal(.idempotencyConflict) { try await bench.service.beginUpload(other, by: bench.ben) }
        try await bench.putAll(id, content(25))
        _ = try await bench.service.commit(id, by: bench.ben)
        await expectRefusal(.idempotencyConflict) { try await bench.service.beginUpload(other, by: bench.ben) }
    }

    @Test func `fields that lie next to each other are told apart`() async throws {
        let bench = try await Bench()
        var (first, second) = (bench.request(length: 25, key: "k"), bench.request(length: 25, key: "k"))
        (first.asset.name, first.asset.contentType) = ("ab", "c")
        (second.asset.name, second.asset.contentType) = ("a", "bc")
        _ = try await bench.service.beginUpload(first, by: bench.ben)
        await expectRefusal(.idempotencyConflict) { try await bench.service.beginUpload(second, by: bench.ben) }
    }

    @Test func `keys are each caller's own, in each capsule anew`() async throws {
        let bench = try await Bench()
        let other = try await bench.service.createCapsule(title: "other", by: bench.ben)
        var elsewhere = bench.request(length: 30, key: "k")
        elsewhere.capsule = other.id
        let ids = [
            try await bench.begin(length: 25, key: "k"),
            try await bench.service.beginUpload(bench.request(length: 26, key: "k"), by: bench.anna).record.id,
            try await bench.service.beginUpload(elsewhere, by: bench.ben).record.id,
        ]
        #expect(Set(ids).count == 3)
    }

    @Test func `an abort gives the key free, and so does the deletion of the blob`() async throws {
        let bench = try await Bench()
        let aborted = try await bench.begin(length: 25, key: "k")
        try await bench.sessions.abort(aborted)
        let second = try await bench.commit(content(30), key: "k")
        #expect(second != aborted)
        try await bench.service.deleteBlob(BlobId(second), by: bench.ben)
        let third = try await bench.begin(length: 35, key: "k")
        #expect(third != second)
    }

    @Test func `keys are bytes and compared exactly`() async throws {
        let bench = try await Bench()
        let ids = Set([
            try await bench.begin(length: 25, key: "é"), try await bench.begin(length: 25, key: "e\u{301}"),
            try await bench.begin(length: 25, key: "É"), try await bench.begin(length: 25, key: "é\0"),
        ])
        #expect(ids.count == 4)
    }

    @Test func `a repetition asks for the role again`() async throws {
        let bench = try await Bench()
        _ = try await bench.begin(length: 25, key: "k")
        try await bench.service.setRole(.reader, of: bench.ben, in: bench.capsule, by: bench.anna)
        await expectRefusal(.forbidden) { try await bench.begin(length: 25, key: "k") }
    }

    @Test(arguments: 0..<40) func `of many equal requests at once one begins an upload`(_ seed: UInt64) async throws {
        let bench = try await Bench()
        bench.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        let ids = Collected<SessionId>()
        for _ in 0..<5 {
            scheduler.start {
                if let id = try? await bench.begin(length: 25, key: "k") { ids.append(id) }
            }
        }
        try scheduler.runUntilIdle()
        #expect(ids.all.count == 5)
        #expect(Set(ids.all).count == 1)
    }
}
