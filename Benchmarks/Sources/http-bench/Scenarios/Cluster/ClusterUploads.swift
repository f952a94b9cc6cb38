import Measuring
import Synchronization
import UploadCore

/// What the bytes of large uploads cost a node of a cluster, beside a server with its files.
struct ClusterUploads {
    private static let cluster = "cluster"
    private static let seaweedFS = "cluster, SeaweedFS"

    let bench: Bench
    let shape: UploadShape

    func run() async throws -> Outcome {
        let figures = EngineFigures(warmUps: bench.size(1, quick: 0))
        var outcome = Outcome()
        outcome.rows = try await bench.withSinglesAndCluster { singles, cluster in
            var legs = Durability.both.compactMap { durability in
                singles[durability].map { bench.uploads(durability.name, $0, shape) }
            }
            legs.append(figures.noting(bench.uploads(Self.cluster, cluster.node, shape), cluster))
            guard let weed = bench.options.weed else { return rows(try await bench.compare(legs), figures) }
            return try await bench.withCluster { (directory: String) throws(BenchError) in
                try SeaweedFS(weed, in: directory)
            } _: { real in
                rows(
                    try await bench.compare(legs + [bench.uploads(Self.seaweedFS, real.node, shape)]), figures)
            }
        }
        outcome.remarks.append(
            "CPU is that of `wharf serve`, per GiB, over a directory and as a node over PostgreSQL and a bucket that only counts;"
                + " of the engines only where it says so, with the deletions. A node's bytes are in the bucket when they are acknowledged,"
                + " whatever the durability.")
        return outcome
    }

    private func rows(_ comparison: Comparison, _ figures: EngineFigures) -> [Row] {
        var rows: [Row] = []
        for durability in Durability.both {
            let (single, name) = (durability.name, "one server with files")
            rows += [
                comparison.row(
                    "CPU per GiB", durability, .cpu, of: Self.cluster, to: single, called: name, goal: .atMost(1.6)),
                comparison.row("… throughput", durability, .throughput, of: Self.cluster, to: single, called: name),
            ]
        }
        if bench.options.weed != nil {
            let (real, stub, name) = (Self.seaweedFS, Self.cluster, "over the stub")
            rows += [
                comparison.row("CPU per GiB over SeaweedFS", nil, .cpu, of: real, to: stub, called: name),
                comparison.row("… throughput", nil, .throughput, of: real, to: stub, called: name),
            ]
        }
        let puts = figures.putsEach
        rows.append(
            Row(
                "PutObject requests per GiB", nil, "\(short(puts.median)) (\(short(puts.low))–\(short(puts.high)))",
                goal: shape.connections > 1
                    ? nil : .fact("64 ± 2", isMet: puts.low >= 62 && puts.high <= 66)))
        rows.append(Row("CPU of PostgreSQL per GiB", nil, time(figures.postgresEach.median)))
        return rows
    }
}

/// What runs of a leg ask of the engines of a cluster, for each unit of their work, without the first ones.
final class EngineFigures: Sendable {
    private struct State {
        var warmUps: Int
        var puts: [Double] = []
        var postgres: [Double] = []
    }

    private let state: Mutex<State>

    /// - Parameter warmUps: The runs at the beginning that do not count.
    init(warmUps: Int) { state = Mutex(State(warmUps: warmUps)) }

    var putsEach: Spread { Spread(state.withLock { $0.puts }) }
    /// Seconds of CPU.
    var postgresEach: Spread { Spread(state.withLock { $0.postgres }) }

    /// The leg, with the figures of its engines noted, those of its clearing up included.
    func noting(_ leg: Leg, _ cluster: Cluster) -> Leg {
        Leg(leg.name) { [self] in
            let stub = cluster.bucket as? StubBucket
            let (puts, seconds) = (try stub?.counts()["put"] ?? 0, cluster.postgres.cpuSeconds)
            let cost = try await leg.run()
            let putsAfter = try stub?.counts()["put"] ?? 0
            let secondsAfter = cluster.postgres.cpuSeconds
            state.withLock { state in
                guard state.warmUps == 0 else {
                    state.warmUps -= 1
                    return
                }
                state.puts.append(Double(putsAfter - puts) / cost.count)
                state.postgres.append((secondsAfter - seconds) / cost.count)
            }
            return cost
        }
    }
}
