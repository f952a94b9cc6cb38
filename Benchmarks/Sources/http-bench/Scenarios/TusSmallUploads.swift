import Measuring
import UploadCore

/// Small uploads by tus, each in one request, on persistent connections.
struct TusSmallUploads {
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
            let comparison = try await bench.withTusServers(durability) { nginx, wharf, python in
                // A run is short: several make one measurement.
                try await bench.compare(
                    turns: bench.size(3, quick: 1),
                    [
                        leg("nginx", nginx, uploads), leg("native", wharf, uploads), leg("wharf", wharf.tus, uploads),
                        leg("tuspyserver", python, uploads / 10),
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

    private func leg(_ name: String, _ peer: some Peer, _ count: Int) -> Leg {
        bench.wholes(name, peer, count, of: payload, connections: Self.connections)
    }

    private func rows(_ comparison: Comparison, _ durability: Durability) -> [Row] {
        let goal = durability == .powerLoss ? 4000.0 : 6000
        let rate = comparison.median("wharf", \.perSecond)
        let peers = ["native", "nginx", "tuspyserver"]
        return peers.map { peer in
            Row(
                "uploads", durability, peer: decimals(comparison.median(peer, \.perSecond), 0) + "/s \(peer)",
                decimals(rate, 0) + "/s", ratio: comparison.ratio(of: "wharf", to: peer, \.perSecond),
                goal: peer == "native" ? .fact("≥ \(decimals(goal, 0))/s", isMet: rate >= goal) : nil)
        }
            + peers.map { peer in
                Row(
                    "… CPU each", durability, peer: time(comparison.median(peer, \.cpuEach)) + " \(peer)",
                    time(comparison.median("wharf", \.cpuEach)),
                    ratio: comparison.ratio(of: "wharf", to: peer, \.cpuEach),
                    goal: peer == "native" ? .atMost(1.1) : nil)
            }
    }
}
