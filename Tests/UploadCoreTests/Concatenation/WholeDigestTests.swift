import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// The digest of all bytes of a concatenation, which takes a read of all of them.
@Suite struct WholeDigestTests {
    /// A committed concatenation of two parts of 25 bytes, and its bytes.
    private func concatenation(_ fixture: Fixture) async throws -> (id: SessionId, bytes: [UInt8]) {
        let (a, b) = (content(25), content(25, from: 100))
        let parts = [try await fixture.commit(a, isPartial: true), try await fixture.commit(b, isPartial: true)]
        let id = try await fixture.service.concatenate(fixture.request(.append), parts: parts, by: fixture.ben).id
        return (id, a + b)
    }

    @Test func `it is computed once, however often a finish states another one`() async throws {
        let fixture = try await Fixture()
        let (id, bytes) = try await concatenation(fixture)
        await expectRefusal(.checksumMismatch) {
            try await fixture.service.commit(id, digest: Digest(of: [1]), by: fixture.ben)
        }
        let reads = fixture.hooks.count(of: .scan)
        for _ in 0..<3 {
            await expectRefusal(.checksumMismatch) {
                try await fixture.service.commit(id, digest: Digest(of: [1]), by: fixture.ben)
            }
        }
        _ = try await fixture.service.commit(id, digest: Digest(of: bytes), by: fixture.ben)
        let later = try fixture.reopened()
        _ = try await later.commit(id, digest: Digest(of: bytes), by: fixture.ben)
        #expect(fixture.hooks.count(of: .scan) == reads)
    }

    @Test func `a pending concatenation keeps it, too, and is committed with it`() async throws {
        let fixture = try await Fixture()
        let parts = [
            try await fixture.commit(content(25), isPartial: true),
            try await fixture.commit(content(7, from: 100), isPartial: true),
        ]
        var request = fixture.request(.append)
        request.expectedDigest = Digest(of: content(25) + content(7, from: 100))
        request.length = 33
        await expectRefusal(.sizeMismatch) {
            try await fixture.service.concatenate(request, parts: parts, by: fixture.ben)
        }
        let page = try await fixture.service.uploads(in: fixture.capsule, state: .pending, by: fixture.ben)
        let id = try #require(page.first?.id)
        let reads = fixture.hooks.count(of: .scan)
        for _ in 0..<3 { await expectRefusal(.sizeMismatch) { try await fixture.service.commit(id, by: fixture.ben) } }
        #expect(fixture.hooks.count(of: .scan) == reads)
    }

    @Test func `its read ends with the task of the finish, and the next one succeeds`() async throws {
        let fixture = try await Fixture { $0.scanStepBytes = 10 }
        let (id, bytes) = try await concatenation(fixture)
        let (service, ben) = (fixture.service, fixture.ben)
        let hold = fixture.hooks.holdNext(.scan)
        let before = fixture.hooks.count(of: .scan)
        let finish = Task { try await service.commit(id, digest: Digest(of: bytes), by: ben) }
        await hold.untilHeld()
        finish.cancel()
        hold.release()
        let error = await #expect(throws: UploadError.self) { try await finish.value }
        #expect(error?.reason == .cancelled)
        #expect(fixture.hooks.count(of: .scan) == before + 1, "it went on after the cancellation")
        _ = try await service.commit(id, digest: Digest(of: bytes), by: ben)
    }

    @Test func `the read of an upload's own bytes ends with its task, and goes on where it was`() async throws {
        let fixture = try await Fixture { $0.scanStepBytes = 10 }
        let id = try await fixture.begin(length: 100)
        let bytes = content(100)
        let (service, ben) = (fixture.service, fixture.ben)
        fixture.hooks.forgetsPrefixHashes = true
        for index in 0..<UInt64(10) {
            let start = Int(index) * 10
            try await fixture.service.putChunk(id, index: index, bytes[start..<start + 10], by: ben)
        }
        let later = try fixture.reopened { $0.scanStepBytes = 10 }
        let hold = fixture.hooks.holdNext(.scan)
        let finish = Task { try await later.commit(id, by: ben) }
        await hold.untilHeld()
        finish.cancel()
        hold.release()
        let error = await #expect(throws: UploadError.self) { try await finish.value }
        #expect(error?.reason == .cancelled)
        let reads = fixture.hooks.count(of: .scan)
        _ = try await later.commit(id, digest: Digest(of: bytes), by: ben)
        #expect(fixture.hooks.count(of: .scan) == reads + 9, "what was read is read again")
        _ = service
    }

    @Test func `long reads of one caller take turns`() async throws {
        let fixture = try await Fixture {
            $0.scanStepBytes = 10
            $0.hashingsPerCallerMax = 1
        }
        let (first, bytes) = try await concatenation(fixture)
        let (second, _) = try await concatenation(fixture)
        let (service, ben) = (fixture.service, fixture.ben)
        let hold = fixture.hooks.holdNext(.scan)
        async let one = service.commit(first, digest: Digest(of: bytes), by: ben)
        await hold.untilHeld()
        async let two = service.commit(second, digest: Digest(of: bytes), by: ben)
        while service.sessions.hashings.waitingCount(of: ben) == 0 { await Task.yield() }
        // A short one needs no turn.
        _ = try await fixture.commit(content(9))
        hold.release()
        let ids = [try await one.id, try await two.id]
        #expect(ids == [first, second])
    }

    @Test func `a part cannot be repeated without limit`() async throws {
        let fixture = try await Fixture { $0.partRepeatsMax = 3 }
        let part = try await fixture.commit(content(25), isPartial: true)
        let repeated = [SessionId](repeating: part, count: 3)
        _ = try await fixture.service.concatenate(fixture.request(.append), parts: repeated, by: fixture.ben)
        await expectLimit(.partRepeats, 3) {
            try await fixture.service.concatenate(fixture.request(.append), parts: repeated + [part], by: fixture.ben)
        }
    }
}
