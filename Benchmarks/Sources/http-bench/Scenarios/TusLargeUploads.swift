import Measuring
import UploadCore

/// A large volume of data by tus, against the native API of the same server, nginx, and another tus server.
struct TusLargeUploads {
    private let bench: Bench
    private let shape: UploadShape

    init(_ bench: Bench, _ shape: UploadShape) {
        self.bench = bench
        self.shape = bench.size(shape, quick: shape.quick)
    }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in [Durability.processCrash, .powerLoss] {
            let comparison = try await bench.withTusServers(durability) { nginx, wharf, python in
                try await bench.compare([
                    bench.uploads("nginx", nginx, shape), bench.uploads("native", wharf, shape),
                    bench.uploads("wharf", wharf.tus, shape), bench.uploads("tuspyserver", python, shape),
                ])
            }
            outcome.rows += rows(comparison, durability)
        }
        outcome.remarks.append(
            "A `POST` that creates and a `PATCH` for each piece. “Native” are chunks of the same sizes to the same server. nginx takes "
                + "each piece as a file of its own. nginx and tuspyserver hash nothing and sync nothing; tuspyserver has two workers."
        )
        return outcome
    }

    private func rows(_ comparison: Comparison, _ durability: Durability) -> [Row] {
        func speed(_ leg: String) -> String { short(comparison.median(leg) { $0.perSecond * 1024 }) + " MiB/s" }
        func cpu(_ leg: String) -> String { time(comparison.median(leg, \.cpuEach)) }
        let peers = ["native", "nginx", "tuspyserver"]
        return peers.map { peer in
            Row(
                "throughput", durability, peer: "\(speed(peer)) \(peer)", speed("wharf"),
                ratio: comparison.ratio(of: "wharf", to: peer, \.perSecond))
        }
            + peers.map { peer in
                Row(
                    "CPU per GiB", durability, peer: "\(cpu(peer)) \(peer)", cpu("wharf"),
                    ratio: comparison.ratio(of: "wharf", to: peer, \.cpuEach),
                    goal: peer == "native" ? .atMost(1.1) : nil)
            }
    }
}

extension Bench {
    /// Runs `body` with three servers, each on an empty directory.
    func withTusServers<Value>(
        _ durability: Durability, _ body: (Nginx, Wharf, TusPyServer) async throws -> Value
    ) async throws -> Value {
        try await withServers(durability) { nginx, wharf in
            let directory = "tuspyserver-" + durability.name
            defer { scratch.remove(directory) }
            let python = try TusPyServer(in: scratch.path + "/" + directory)
            defer { python.server.stop() }
            return try await body(nginx, wharf, python)
        }
    }
}
