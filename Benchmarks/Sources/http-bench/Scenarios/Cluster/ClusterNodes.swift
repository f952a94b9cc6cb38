import Measuring
import UploadCore

/// The throughput of one, two and three nodes, each with a share of this machine's processors that stands for a machine of
/// its own.
struct ClusterNodes {
    private static let cores = 0.2
    private static let connectionsPerNode = 4
    private static let nodes = 3

    private let bench: Bench
    private let seconds: Double
    private let payload = Wire.Payload(of: 16 << 20)

    init(_ bench: Bench) {
        self.bench = bench
        seconds = bench.size(8, quick: 0.5)
    }

    func run() async throws -> Outcome {
        if let problem = CPUShare.problem {
            return Outcome(remarks: ["Not measured: \(problem), so nodes cannot be given processors of their own."])
        }
        var outcome = Outcome()
        outcome.rows = try await bench.withCluster(nodes: Self.nodes) { cluster in
            var shares: [(CPUShare, Node)] = []
            defer { for (share, node) in shares { share.remove(node.server) } }
            for (index, node) in cluster.nodes.enumerated() {
                let share = try CPUShare(cores: Self.cores, "\(index)")
                shares.append((share, node))
                try share.add(node.server)
            }
            return rows(try await bench.compare((1...Self.nodes).map { leg(cluster, $0) }))
        }
        outcome.remarks.append(
            "`POST /v1/blobs` of 16 MiB over \(Self.connectionsPerNode) connections to each node for \(short(seconds)) s. Each node"
                + " has \(Self.cores) of a core (`cpu.cfs_quota_us`); PostgreSQL, the stub and the client share what is left, and are not"
                + " limited.")
        return outcome
    }

    private func rows(_ comparison: Comparison) -> [Row] {
        func share(_ count: Int) -> String {
            short(comparison.median(name(count)) { $0.cpuSeconds / ($0.seconds * Self.cores * Double(count)) })
        }
        var rows = [
            Row("1 node, throughput", nil, comparison.text(.throughput, name(1))),
            Row("… its CPU, of its share", nil, share(1)),
        ]
        for count in 2...Self.nodes {
            rows += [
                comparison.row(
                    "\(count) nodes, throughput", nil, .throughput, of: name(count), to: name(1),
                    goal: .atLeast(0.9 * Double(count))),
                Row("… their CPU, of their shares", nil, share(count)),
            ]
        }
        return rows
    }

    private func name(_ count: Int) -> String { count == 1 ? "1 node" : "\(count) nodes" }

    private func leg(_ cluster: Cluster, _ count: Int) -> Leg {
        Leg(name(count)) {
            let nodes = cluster.nodes[..<count]
            let wires = try (0..<Self.connectionsPerNode).flatMap { _ in try nodes.map { try $0.connect() } }
            let (uploads, payload, seconds) = (Counter(), payload, seconds)
            let (watch, cpu) = (Stopwatch(), nodes.reduce(0) { $0 + $1.server.cpuSeconds })
            try onThreads(wires.count) { thread throws(BenchError) in
                while watch.seconds < seconds {
                    _ = try cluster.nodes[thread % count].put(payload, on: wires[thread])
                    _ = uploads.next()
                }
            }
            let cost = Cost(
                seconds: watch.seconds, cpuSeconds: nodes.reduce(0) { $0 + $1.server.cpuSeconds } - cpu,
                count: Double(uploads.next() * payload.byteCount) / Double(1 << 30))
            for node in nodes { node.server.settle() }
            return cost
        }
    }
}
