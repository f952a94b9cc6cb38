import Testing
import UploadSimulation

@Suite("Histories on a simulated machine")
struct HistoryTests {
    /// Seeds are fixed, so that a failure is the change's and not the day's. `wharf-simulate` draws new ones.
    @Test("keep every promise through crashes, power losses and failing disks", arguments: 0..<16)
    func histories(block: UInt64) throws {
        for seed in block * 90..<(block + 1) * 90 { _ = try History(seed: seed).run() }
    }
}
