import Measuring
import UploadCore

/// A large volume of data by tus, against the native API of the same server, nginx, and another tus server.
struct TusLargeUploads {
    let bench: Bench
    let shape: UploadShape

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in [Durability.processCrash, .powerLoss] {
            let comparison = try await bench.withTusServers(durability) { nginx, wharf, python in
                try await bench.withTusd(durability) { tusd in
                    try await bench.withFloors(durability) { floors in
                        var legs = [
                            bench.uploads("nginx", nginx, shape), bench.uploads("native", wharf, shape),
                            bench.uploads("wharf", wharf.tus, shape), bench.uploads("tuspyserver", python, shape),
                        ]
                        if let tusd { legs.append(bench.uploads("tusd", tusd, shape)) }
                        return try await bench.compare(legs + floors.legs(bench, shape))
                    }
                }
            }
            outcome.rows += rows(comparison, durability) + comparison.floorRows(of: "wharf", durability)
        }
        outcome.remarks.append(
            "A `POST` that creates and a `PATCH` for each piece. “Native” are chunks of the same sizes to the same server. nginx takes "
                + "each piece as a file of its own. nginx and tuspyserver hash nothing and sync nothing; tuspyserver has two workers. "
                + Floors.remark)
        return outcome
    }

    private func rows(_ comparison: Comparison, _ durability: Durability) -> [Row] {
        let peers = ["native", "nginx", "tuspyserver"] + (bench.options.tusd == nil ? [] : ["tusd"])
        return peers.map { comparison.row("throughput", durability, .throughput, of: "wharf", to: $0) }
            + peers.map { peer in
                comparison.row(
                    "CPU per GiB", durability, .cpu, of: "wharf", to: peer, goal: peer == "native" ? .atMost(1.1) : nil)
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

    /// Runs `body` with tusd on an empty directory; with nil if the command line names no program.
    func withTusd<Value>(_ durability: Durability, _ body: (Tusd?) async throws -> Value) async throws -> Value {
        guard let program = options.tusd else { return try await body(nil) }
        let directory = "tusd-" + durability.name
        defer { scratch.remove(directory) }
        let tusd = try Tusd(program, in: scratch.path + "/" + directory)
        defer { tusd.server.stop() }
        return try await body(tusd)
    }
}
