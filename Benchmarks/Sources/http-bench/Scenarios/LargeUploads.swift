import Measuring
import UploadCore

/// A large volume of data, on one connection or on many at once, against nginx and against the bare disk.
struct LargeUploads {
    /// The leg of a server that writes nothing directly.
    private static let pageCache = "page cache"

    let bench: Bench
    let shape: UploadShape

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in [Durability.processCrash, .powerLoss] {
            let comparison = try await bench.withServers(durability) { nginx, wharf in
                try await bench.withPageCache(durability) { cached in
                    try await bench.withFloors(durability) { floors in
                        try await bench.compare(
                            legs(nginx, wharf, durability) + floors.legs(bench, shape)
                                + (cached.map { [bench.uploads(Self.pageCache, $0, shape)] } ?? []))
                    }
                }
            }
            outcome.rows += rows(comparison, durability) + comparison.floorRows(of: "wharf", durability)
        }
        outcome.remarks.append(
            "CPU is that of all threads of the server's processes, per GiB. nginx hashes nothing and syncs nothing; Wharf always"
                + " computes the SHA-256 of the whole. “Bare” is a loop of `pwrite` and `fdatasync` of the same sizes, with a"
                + " thread for each upload. " + Floors.remark)
        return outcome
    }

    // MARK: - Legs

    private func legs(_ nginx: Nginx, _ wharf: Wharf, _ durability: Durability) -> [Leg] {
        let digesting = wharf.digesting(Wire.Payload(of: shape.chunkBytes))
        var legs = [
            bench.uploads("nginx", nginx, shape), bench.uploads("wharf", wharf, shape),
            bench.hashing(gibibytes: shape.gibibytes),
        ]
        if shape.isChunked { legs.append(bench.uploads("wharf, digests", digesting, shape)) }
        if durability == .powerLoss { legs.append(bare()) }
        return legs
    }

    private func bare() -> Leg {
        let writing = BareWriting(
            scratch: bench.scratch, durability: .powerLoss, files: shape.connections,
            chunks: shape.connections * shape.chunks, chunk: Content.make(shape.chunkBytes), isHashed: false)
        return Leg("bare") {
            var cost = try await writing.run()
            cost.count = shape.gibibytes
            return cost
        }
    }

    // MARK: - Rows

    private func rows(_ comparison: Comparison, _ durability: Durability) -> [Row] {
        let syncs = durability == .powerLoss
        func throughput(_ peer: String, goal: Row.Goal?) -> Row {
            comparison.row("throughput", durability, .throughput, of: "wharf", to: peer, goal: goal)
        }
        let nginx = "\(comparison.text(.cpu, "nginx")) nginx"
        let baseline = "\(nginx), \(comparison.text(.cpu, "sha-256")) SHA-256"
        func against(_ leg: String, hashes: Double) -> Spread {
            comparison.spread([leg, "nginx", "sha-256"]) { $0[0].cpuEach / ($0[1].cpuEach + hashes * $0[2].cpuEach) }
        }
        var rows = [throughput("nginx", goal: syncs ? nil : .atLeast(1))]
        if syncs {
            rows += [
                throughput("bare", goal: .atLeast(0.9)), throughput(Self.pageCache, goal: nil),
                comparison.row(
                    "CPU per GiB, over that without direct writes", durability, .cpu, of: "wharf", to: Self.pageCache),
            ]
        }
        rows += [
            Row(
                "CPU per GiB, over nginx and 1.05 bare SHA-256", durability, peer: baseline,
                comparison.text(.cpu, "wharf"),
                ratio: against("wharf", hashes: 1.05), goal: .atMost(1)),
            Row(
                "… over nginx alone", durability, peer: nginx, comparison.text(.cpu, "wharf"),
                ratio: against("wharf", hashes: 0)),
            Row(
                "… of it not the hash, over nginx", durability, peer: nginx,
                time(comparison.spread(["wharf", "sha-256"]) { $0[0].cpuEach - $0[1].cpuEach }.median),
                ratio: comparison.spread(["wharf", "nginx", "sha-256"]) {
                    ($0[0].cpuEach - $0[2].cpuEach) / $0[1].cpuEach
                }),
        ]
        guard shape.isChunked else { return rows }
        return rows + [
            Row(
                "CPU per GiB with `Content-Digest`, over nginx and 2 × 1.05 SHA-256", durability, peer: baseline,
                comparison.text(.cpu, "wharf, digests"), ratio: against("wharf, digests", hashes: 2.1)),
            comparison.row("… throughput", durability, .throughput, of: "wharf, digests", to: "nginx"),
        ]
    }
}
