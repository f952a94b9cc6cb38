import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// A length that becomes known while bytes are under way: whatever is answered, ledger and catalogue agree afterwards.
@Suite struct LengthRaceTests {
    private func hold(_ fixture: Fixture, _ id: SessionId) async throws {
        for service in [fixture.service, try fixture.reopened()] {
            let session = try await service.sessions.get(id).session
            #expect(session.durableEnd <= session.spec.expectedBytes ?? .max)
            #expect(session.receivedBytes <= session.spec.expectedBytes ?? .max)
            #expect(!session.hasWriters)
        }
    }

    @Test(arguments: 0..<60) func `appends race with a length that is shorter than they are`(_ seed: UInt64)
        async throws
    {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        scheduler.start {
            for start in [0, 4, 8] {
                _ = await outcome {
                    try await fixture.service.append(id, at: UInt64(start), content(4, from: start), by: fixture.ben)
                }
            }
        }
        for length in [6, 9] as [UInt64] {
            scheduler.start {
                _ = await outcome { _ = try await fixture.service.declareLength(of: id, length, by: fixture.ben) }
            }
        }
        try scheduler.runUntilIdle()
        try await hold(fixture, id)
    }

    @Test(arguments: 0..<60) func `chunks, a length, a finish and an abort race, and none of them waits for ever`(
        _ seed: UInt64
    ) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        for (index, count) in [(0, 10), (1, 10), (2, 10), (1, 5)] {
            scheduler.start {
                _ = await outcome {
                    try await fixture.service.putChunk(
                        id, index: UInt64(index), content(count, from: index * 10), by: fixture.ben)
                }
            }
        }
        scheduler.start {
            _ = await outcome { _ = try await fixture.service.declareLength(of: id, 15, by: fixture.ben) }
        }
        scheduler.start { _ = await outcome { _ = try await fixture.service.commit(id, by: fixture.ben) } }
        if seed % 3 == 0 {
            scheduler.start { _ = await outcome { try await fixture.service.abort(id, by: fixture.ben) } }
        }
        try scheduler.runUntilIdle()
        try await hold(fixture, id)
        guard try await fixture.status(id).isCommitted else { return }
        let bytes = try await fixture.read(id)
        #expect(bytes == content(bytes.count))
    }
}
