import Measuring
import UploadCore

/// Downloads of a large blob through a node, from the stub, beside those of a server with its files and of nginx.
struct ClusterDownloads {
    private let bench: Bench
    private let byteCount: Int

    init(_ bench: Bench) {
        self.bench = bench
        byteCount = bench.size(1 << 30, quick: 64 << 20)
    }

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
        var rows: [Row] = []
        for connections in [1, 16] {
            let comparison = try await bench.compare([
                bench.downloads("nginx", nginx, file, of: byteCount, connections: connections),
                bench.downloads("single", single, blob, of: byteCount, connections: connections),
                bench.downloads("cluster", node, shared, of: byteCount, connections: connections),
            ])
            rows += self.rows(comparison, connections)
        }
        return rows
    }

    private func rows(_ comparison: Comparison, _ connections: Int) -> [Row] {
        func speed(_ leg: String) -> String { short(comparison.median(leg) { $0.perSecond * 1024 }) + " MiB/s" }
        func cpu(_ leg: String) -> String { time(comparison.median(leg, \.cpuEach)) }
        let what = connections == 1 ? "one at a time" : "\(connections) at once"
        return [
            Row(
                "\(what), one server with files, CPU per GiB", nil, peer: cpu("nginx") + " nginx", cpu("single"),
                ratio: comparison.ratio(of: "single", to: "nginx", \.cpuEach), goal: .atMost(1)),
            Row(
                "… a node, CPU per GiB", nil, peer: cpu("single") + " one server with files", cpu("cluster"),
                ratio: comparison.ratio(of: "cluster", to: "single", \.cpuEach)),
            Row(
                "… its throughput", nil, peer: speed("single") + " one server with files", speed("cluster"),
                ratio: comparison.ratio(of: "cluster", to: "single", \.perSecond)),
        ]
    }
}
