import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct PutWholeTests {
    private func whole(_ fixture: Fixture, key: String? = nil) -> BeginRequest {
        var request = fixture.request(.append, key: key)
        request.length = nil
        return request
    }

    @Test func `a small upload is begun and committed in one step`() async throws {
        let fixture = try await Fixture(.catalogue)
        let record = try await fixture.service.putWhole(whole(fixture), content(300), by: fixture.ben).record
        #expect(record.blob == BlobId(record.id))
        #expect(record.digest == .whole(Digest(of: content(300))))
        #expect(try await fixture.read(record.id) == content(300))
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.sessions.countActive(capsule: fixture.capsule, caller: fixture.ben) == 0)
        #expect(try await fixture.sessions.get(record.id).session.isComplete)
    }

    @Test func `at the limit it is taken, one byte past it is refused`() async throws {
        let fixture = try await Fixture(.catalogue) { $0.catalogueBytesMax = 100 }
        let record = try await fixture.service.putWhole(whole(fixture), content(100), by: fixture.ben).record
        #expect(try await fixture.read(record.id) == content(100))
        await expectLimit(.uploadBytes, 100) {
            try await fixture.service.putWhole(whole(fixture), content(101), by: fixture.ben)
        }
    }

    @Test func `nothing at all is an upload too`() async throws {
        let fixture = try await Fixture(.catalogue)
        let record = try await fixture.service.putWhole(whole(fixture), [], by: fixture.ben).record
        #expect(record.digest == .whole(Digest(of: [UInt8]())))
        #expect(try await fixture.read(record.id) == [])
    }

    @Test func `a repetition answers with the first, other bytes under the key are a conflict`() async throws {
        let fixture = try await Fixture(.catalogue)
        let first = try await fixture.service.putWhole(whole(fixture, key: "k"), content(30), by: fixture.ben).record
        let again = try await fixture.service.putWhole(whole(fixture, key: "k"), content(30), by: fixture.ben)
        #expect(again.isReplay)
        #expect(again.record.id == first.id)
        await expectRefusal(.idempotencyConflict) {
            try await fixture.service.putWhole(whole(fixture, key: "k"), content(30).inverted, by: fixture.ben)
        }
        #expect(try await fixture.read(first.id) == content(30))
    }

    @Test func `what the request says of length and digest is verified, and nothing is there after a refusal`()
        async throws
    {
        let fixture = try await Fixture(.catalogue)
        var request = whole(fixture)
        request.length = 31
        await expectRefusal(with: .sizeMismatch(expected: 31, actual: 30)) {
            try await fixture.service.putWhole(request, content(30), by: fixture.ben)
        }
        request.length = 30
        request.expectedDigest = Digest(of: [1])
        await expectRefusal(
            with: .checksumMismatch(expected: Digest(of: [1]).hex, actual: Digest(of: content(30)).hex)
        ) {
            try await fixture.service.putWhole(request, content(30), by: fixture.ben)
        }
        #expect(try await fixture.sessions.totalSessionCount() == 0)
        request.expectedDigest = Digest(of: content(30))
        _ = try await fixture.service.putWhole(request, content(30), by: fixture.ben)
    }

    @Test func `a whole upload counts against no limit of pending ones`() async throws {
        let fixture = try await Fixture(.catalogue) { $0.activeUploadsMax = 1 }
        _ = try await fixture.begin(length: 10)
        _ = try await fixture.service.putWhole(whole(fixture), content(30), by: fixture.ben)
    }

    @Test func `readers and strangers put nothing`() async throws {
        let fixture = try await Fixture(.catalogue)
        await expectRefusal(.forbidden) { try await fixture.service.putWhole(whole(fixture), [1], by: fixture.rita) }
        await expectRefusal(.notFound) { try await fixture.service.putWhole(whole(fixture), [1], by: fixture.mallory) }
    }
}
