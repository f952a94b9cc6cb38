import Measuring
import UploadCore

/// Small uploads, each in one request, on persistent connections.
struct SmallUploads {
    let bench: Bench
    private var uploads: Int { bench.size(5000, quick: 200) }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in [Durability.processCrash, .powerLoss] {
            let comparison = try await bench.withServers(durability) { nginx, wharf in
                // A run is short: several make one measurement.
                try await bench.compare(
                    turns: bench.size(3, quick: 1),
                    [bench.wholes("nginx", nginx, uploads), bench.wholes("wharf", wharf, uploads)])
            }
            outcome.rows += rows(comparison, durability)
        }
        outcome.remarks.append(
            "`POST /v1/blobs` to Wharf, `PUT` of a new file to nginx, which neither hashes nor syncs. \(decimals(Double(uploads), 0))"
                + " uploads to a run. The client's threads take part of the two cores.")
        return outcome
    }

    private func rows(_ comparison: Comparison, _ durability: Durability) -> [Row] {
        let goal = durability == .powerLoss ? 5000.0 : 8000
        let (rate, cpu) = (comparison.median("wharf", \.perSecond), comparison.median("wharf", \.cpuEach))
        return [
            comparison.row(
                "uploads", durability, .rate, of: "wharf", to: "nginx",
                goal: .fact("≥ \(decimals(goal, 0))/s", isMet: rate >= goal)),
            comparison.row(
                "… CPU each", durability, .cpu, of: "wharf", to: "nginx", goal: .fact("≤ 150 µs", isMet: cpu <= 150e-6)),
        ]
    }
}
