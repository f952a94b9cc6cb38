import ClusterSimulation
import Testing
import UploadSimulation

@Suite("Histories of simulated clusters")
struct ClusterHistoryTests {
    /// Seeds are fixed, so that a failure is the change's and not the day's. `wharf-simulate --cluster` draws new ones.
    @Test("keep every promise through frozen and killed nodes and a bucket that fails", arguments: 0..<6)
    func histories(block: UInt64) throws {
        for seed in block * 20..<(block + 1) * 20 { _ = try ClusterHistory(seed: seed).run() }
    }

    /// A history proves nothing about what it does not meet.
    @Test("meet what they are for")
    func coverage() throws {
        var answers: [String: Int] = [:]
        for seed in 170..<250 as Range<UInt64> {
            answers.merge(try ClusterHistory(seed: seed).run().answers, uniquingKeysWith: +)
        }
        for answer in [
            "append: ok", "append: superseded", "append: unavailable", "put chunk: ok", "put chunk: unavailable",
            "race for a chunk: ok", "ask fenced offset: ok", "finish: ok", "finish open-ended: ok", "read: ok",
            "concatenate: pending", "abort: ok", "delete blob: ok", "sweep: expired", "removal: found",
            "node: started again", "late PUT: arrived", "late PUT: stays", "complete at rest: ok",
            "derive: ok", "derive: postponed", "derive: unavailable", "derive at rest: ok",
        ] {
            #expect(answers[answer, default: 0] > 0, "no history meets “\(answer)”")
        }
    }
}
