import Measuring
import UploadCore

/// Downloads of a large blob through a node, from the stub, beside those of a server with its files and of nginx.
struct ClusterDownloads {
    private static let single = "one server with files"

    let bench: Bench
    private var byteCount: Int { bench.size(1 << 30, quick: 64 << 20) }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        outcome.rows = try await bench.withSingle(.processCrash) { single in
            try await bench.withCluster { (_: String) throws(BenchError) in
                try StubBucket(keepsBytes: true)
            } _: { cluster in
                try await bench.withNginx { nginx in try await compare(nginx, single, cluster.node) }
            }
        }
        outcome.remarks.append(
            "nginx and the server with files send by `sendfile` from the page cache; a node receives and sends each byte. Where 16"
                + " download at once, each takes an eighth of the blob by a range.")
        return outcome
    }

    private func compare(_ nginx: Nginx, _ single: Node, _ node: Node) async throws -> [Row] {
        let payload = Wire.Payload(of: byteCount)
        let file = try nginx.put(payload, on: try nginx.connect())
        let blob = try single.put(payload, on: try single.connect())
        let shared = try node.put(payload, on: try node.connect())
        return try await bench.compareDownloads { connections in
            [
                bench.downloads("nginx", nginx, file, of: byteCount, connections: connections),
                bench.downloads(Self.single, single, blob, of: byteCount, connections: connections),
                bench.downloads("cluster", node, shared, of: byteCount, connections: connections),
            ]
        } rows: { comparison, what in
            [
                comparison.row(
                    "\(what), \(Self.single), CPU per GiB", nil, .cpu, of: Self.single, to: "nginx", goal: .atMost(1)),
                comparison.row("… a node, CPU per GiB", nil, .cpu, of: "cluster", to: Self.single),
                comparison.row("… its throughput", nil, .throughput, of: "cluster", to: Self.single),
            ]
        }
    }
}
