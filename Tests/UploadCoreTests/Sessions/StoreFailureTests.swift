import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Failures of the store while several requests use one upload: every request gets an answer, and none of them is
/// blamed on another client.
@Suite struct StoreFailureTests {
    private static let stages: [(call: Hooks.Call, moment: Hooks.Moment)] = [
        (.amend, .before), (.amend, .after), (.record, .before), (.record, .after), (.sync, .before), (.write, .before),
    ]

    @Test(arguments: 0..<80)
    func `a store failure while a length is declared leaves nobody waiting`(_ seed: UInt64) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        let stage = Self.stages[Int(seed) % Self.stages.count]
        fixture.hooks.yieldEverywhere()
        fixture.hooks.failNext(stage.call, stage.moment, .storeFull)
        let scheduler = SimulatedScheduler(seed: seed)
        let answers = Collected<UploadError.Code?>()
        scheduler.start("PATCH that declares the length") {
            let code = await outcome {
                let writer = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
                do {
                    try await writer.write(content(4))
                    _ = try await fixture.service.declareLength(of: id, 9, by: fixture.ben)
                    try await writer.write(content(5, from: 4))
                } catch {
                    await writer.cancel()
                    throw error
                }
                try await writer.complete()
            }
            answers.append(code)
        }
        for _ in 0..<2 {
            scheduler.start("HEAD") {
                answers.append(
                    await outcome { _ = try await fixture.service.quiescedStatus(of: id, by: fixture.ben) })
            }
        }
        try scheduler.runUntilIdle()
        #expect(answers.all.count == 3)

        // Whatever failed, the upload goes on and can be ended.
        let session = try await fixture.service.quiescedStatus(of: id, by: fixture.ben).session
        #expect(!session.hasWriters)
        let rest = content(9)[Int(session.offset)...]
        if !rest.isEmpty { try await fixture.service.append(id, at: session.offset, rest, by: fixture.ben) }
        #expect(
            try await fixture.service.commit(id, length: 9, by: fixture.ben).digest == .whole(Digest(of: content(9))))
    }
}
