import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct PutWholeTests {
    private func whole(_ bench: Bench, key: String? = nil) -> BeginRequest {
        var request = bench.request(.append, key: key)
        request.length = nil
        return request
    }

    @Test func `a small upload is begun and committed in one step`() async throws {
        let bench = try await Bench(.catalogue)
        let record = try await bench.service.putWhole(whole(bench), content(300), by: bench.ben).record
        #expect(record.blob == BlobId(record.id))
        #expect(record.digest == .whole(Digest(of: content(300))))
        #expect(try await bench.read(record.id) == content(300))
        #expect(try await bench.stored() == (0, 0))
        #expect(try await bench.sessions.countActive(capsule: bench.capsule, caller: bench.ben) == 0)
        #expect(try await bench.sessions.get(record.id).session.isComplete)
    }

    @Test func `at the limit it is taken, one byte past it is refused`() async throws {
        let bench = try await Bench(.catalogue) { $0.catalogueBytesMax = 100 }
        let record = try await bench.service.putWhole(whole(bench), content(100), by: bench.ben).record
        #expect(try await bench.read(record.id) == content(100))
        await expectLimit(.uploadBytes, 100) {
            try await bench.service.putWhole(whole(bench), content(101), by: bench.ben)
        }
    }

    @Test func `nothing at all is an upload too`() async throws {
        let bench = try await Bench(.catalogue)
        let record = try await bench.service.putWhole(whole(bench), [], by: bench.ben).record
        #expect(record.digest == .whole(Digest(of: [UInt8]())))
        #expect(try await bench.read(record.id) == [])
    }

    @Test func `a repetition answers with the first, other bytes under the key are a conflict`() async throws {
        let bench = try await Bench(.catalogue)
        let first = try await bench.service.putWhole(whole(bench, key: "k"), content(30), by: bench.ben).record
        let again = try await bench.service.putWhole(whole(bench, key: "k"), content(30), by: bench.ben)
        #expect(again.isReplay)
        #expect(again.record.id == first.id)
        await expectRefusal(.idempotencyConflict) {
            try await bench.service.putWhole(whole(bench, key: "k"), content(30).inverted, by: bench.ben)
        }
        #expect(try await bench.read(first.id) == content(30))
    }

    @Test func `what the request says of length and digest is verified, and nothing is there after a refusal`()
        async throws
    {
        let bench = try await Bench(.catalogue)
        var request = whole(bench)
        request.length = 31
        await expectRefusal(with: .sizeMismatch(expected: 31, actual: 30)) {
            try await bench.service.putWhole(request, content(30), by: bench.ben)
        }
        request.length = 30
        request.expectedDigest = Digest(of: [1])
        await expectRefusal(
            with: .checksumMismatch(expected: Digest(of: [1]).hex, actual: Digest(of: content(30)).hex)
        ) {
            try await bench.service.putWhole(request, content(30), by: bench.ben)
        }
        #expect(try await bench.sessions.totalSessionCount() == 0)
        request.expectedDigest = Digest(of: content(30))
        _ = try await bench.service.putWhole(request, content(30), by: bench.ben)
    }

    @Test func `a whole upload counts against no limit of pending ones`() async throws {
        let bench = try await Bench(.catalogue) { $0.activeUploadsMax = 1 }
        _ = try await bench.begin(length: 10)
        _ = try await bench.service.putWhole(whole(bench), content(30), by: bench.ben)
    }

    @Test func `readers and strangers put nothing`() async throws {
        let bench = try await Bench(.catalogue)
        await expectRefusal(.forbidden) { try await bench.service.putWhole(whole(bench), [1], by: bench.rita) }
        await expectRefusal(.notFound) { try await bench.service.putWhole(whole(bench), [1], by: bench.mallory) }
    }
}
