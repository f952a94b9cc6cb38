import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Idle uploads give way to new ones of their caller.
@Suite struct EvictionTests {
    private func full(_ adjust: @escaping (inout Limits) -> Void = { _ in }) async throws -> Fixture {
        try await Fixture {
            $0.activeUploadsMax = 3
            $0.evictIdleAfterMilliseconds = 1000
            adjust(&$0)
        }
    }

    @Test func `at the limit the idle uploads give way, and those in use stay`() async throws {
        let fixture = try await full()
        let idle = [try await fixture.begin(length: 25), try await fixture.begin(length: 25)]
        let used = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: 1001)
        try await fixture.service.putChunk(used, index: 0, content(10), by: fixture.ben)
        let new = try await fixture.begin(length: 25)
        for id in idle { #expect(try await fixture.status(id).isExpired) }
        for id in [used, new] { #expect(try await fixture.status(id).isPending) }
    }

    @Test(arguments: [(1000, false), (1001, true)])
    func `an upload is idle once it is older than the setting`(_ age: Int64, _ givesWay: Bool) async throws {
        let fixture = try await full { $0.activeUploadsMax = 1 }
        let first = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: age)
        if givesWay {
            _ = try await fixture.begin(length: 25)
        } else {
            await expectLimit(.activeUploads, 1) { try await fixture.begin(length: 25) }
        }
        #expect(try await fixture.status(first).isExpired == givesWay)
    }

    @Test func `below the limit nothing gives way, nor do the uploads of others`() async throws {
        let fixture = try await full { $0.activeUploadsMax = 1 }
        let others = try await fixture.service.beginUpload(fixture.request(length: 25), by: fixture.anna).record.id
        fixture.clock.advance(milliseconds: 5000)
        let own = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: 5000)
        _ = try await fixture.begin(length: 25)
        #expect(try await fixture.status(others).isPending)
        #expect(try await fixture.status(own).isExpired)
    }

    @Test func `pending bytes and uploads in all capsules make idle ones give way, too`() async throws {
        let fixture = try await full {
            $0.uploadBytesMax = 100
            $0.pendingBytesMax = 100
            $0.activeUploadsPerCallerMax = 2
        }
        let large = try await fixture.begin(length: 90)
        fixture.clock.advance(milliseconds: 2000)
        let small = try await fixture.begin(length: 50)
        #expect(try await fixture.status(large).isExpired)
        fixture.clock.advance(milliseconds: 20_000)
        _ = try await fixture.begin(length: 1)
        _ = try await fixture.begin(length: 1)
        #expect(try await fixture.status(small).isExpired)
    }

    @Test func `after a search in vain the next one waits`() async throws {
        let fixture = try await full { $0.activeUploadsMax = 1 }
        _ = try await fixture.begin(length: 25)
        fixture.clock.advance(milliseconds: 500)
        await expectLimit(.activeUploads, 1) { try await fixture.begin(length: 25) }
        fixture.clock.advance(milliseconds: 1000)
        await expectLimit(.activeUploads, 1) { try await fixture.begin(length: 25) }
        fixture.clock.advance(milliseconds: 9000)
        _ = try await fixture.begin(length: 25)
    }

    @Test func `with the setting 0, and within the grace after an opening, nothing gives way`() async throws {
        for change: @Sendable (inout Limits) -> Void in [
            { $0.evictIdleAfterMilliseconds = 0 }, { $0.expiryGraceMilliseconds = 100_000 },
        ] {
            let fixture = try await full {
                $0.activeUploadsMax = 1
                change(&$0)
            }
            let first = try await fixture.begin(length: 25)
            fixture.clock.advance(milliseconds: 50_000)
            await expectLimit(.activeUploads, 1) { try await fixture.begin(length: 25) }
            #expect(try await fixture.status(first).isPending)
        }
    }

    @Test func `parts do not count, and those of a pending concatenation do not give way`() async throws {
        let fixture = try await full {
            $0.activeUploadsMax = 1
            $0.activeUploadsPerCallerMax = 5
        }
        var parts: [SessionId] = []
        for _ in 0..<3 { parts.append(try await fixture.begin(length: 25, isPartial: true)) }
        let whole = try await fixture.service.concatenate(
            fixture.request(.append), parts: parts, by: fixture.ben)
        fixture.clock.advance(milliseconds: 2000)
        _ = try await fixture.service.status(of: whole.id, by: fixture.ben)
        await expectLimit(.activeUploads, 1) { try await fixture.begin(length: 25) }
        for id in parts { #expect(try await fixture.status(id).isPending) }
    }
}
