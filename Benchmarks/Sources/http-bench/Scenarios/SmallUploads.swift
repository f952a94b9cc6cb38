import Measuring
import UploadCore

/// Small uploads, each in one request, on persistent connections.
struct SmallUploads {
    private static let connections = 16

    private let bench: Bench
    private let uploads: Int
    private let payload = Wire.Payload(of: 4096)

    init(_ bench: Bench) {
        self.bench = bench
        uploads = bench.size(5000, quick: 200)
    }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in [Durability.processCrash, .powerLoss] {
            let comparison = try await bench.withServers(durability) { nginx, wharf in
                // A run is short: several make one measurement.
                try await bench.compare(turns: bench.size(3, quick: 1), [leg("nginx", nginx), leg("wharf", wharf)])
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
            Row(
                "uploads", durability, peer: decimals(comparison.median("nginx", \.perSecond), 0) + "/s nginx",
                decimals(rate, 0) + "/s", ratio: comparison.ratio(of: "wharf", to: "nginx", \.perSecond),
                goal: .fact("≥ \(decimals(goal, 0))/s", isMet: rate >= goal)),
            Row(
                "… CPU each", durability, peer: time(comparison.median("nginx", \.cpuEach)) + " nginx", time(cpu),
                ratio: comparison.ratio(of: "wharf", to: "nginx", \.cpuEach),
                goal: .fact("≤ 150 µs", isMet: cpu <= 150e-6)),
        ]
    }

    private func leg(_ name: String, _ peer: some Peer) -> Leg {
        bench.wholes(name, peer, uploads, of: payload, connections: Self.connections)
    }
}
