import Measuring
import UploadCore

/// Small uploads by tus, each in one request, on persistent connections.
struct TusSmallUploads {
    let bench: Bench
    private var uploads: Int { bench.size(5000, quick: 200) }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in [Durability.processCrash, .powerLoss] {
            let comparison = try await bench.withTusServers(durability) { nginx, wharf, python in
                // A run is short: several make one measurement.
                try await bench.compare(
                    turns: bench.size(3, quick: 1),
                    [
                        bench.wholes("nginx", nginx, uploads), bench.wholes("native", wharf, uploads),
                        bench.wholes("wharf", wharf.tus, uploads), bench.wholes("tuspyserver", python, uploads / 10),
                    ])
            }
            outcome.rows += rows(comparison, durability)
        }
        outcome.remarks.append(
            "`POST /files` with all the bytes; “native” is `POST /v1/blobs` to the same server, and nginx takes a new file by `PUT`. "
                + "\(decimals(Double(uploads), 0)) uploads to a run, a tenth of them to tuspyserver. The client's threads take part of "
                + "the two cores.")
        return outcome
    }

    private func rows(_ comparison: Comparison, _ durability: Durability) -> [Row] {
        let goal = durability == .powerLoss ? 4000.0 : 6000
        let rate = comparison.median("wharf", \.perSecond)
        let peers = ["native", "nginx", "tuspyserver"]
        return peers.map { peer in
            comparison.row(
                "uploads", durability, .rate, of: "wharf", to: peer,
                goal: peer == "native" ? .fact("≥ \(decimals(goal, 0))/s", isMet: rate >= goal) : nil)
        }
            + peers.map { peer in
                comparison.row(
                    "… CPU each", durability, .cpu, of: "wharf", to: peer, goal: peer == "native" ? .atMost(1.1) : nil)
            }
    }
}
