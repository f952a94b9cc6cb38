import Measuring
import Synchronization
import UploadCore

/// How long a client waits for the acknowledgement of a chunk, from its first byte on.
struct ClusterAcknowledgements {
    private let bench: Bench
    private let payload: Wire.Payload

    init(_ bench: Bench) {
        self.bench = bench
        payload = Wire.Payload(of: bench.size(1 << 20, quick: 256 << 10))
    }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        outcome.rows = try await bench.withSinglesAndCluster { singles, cluster in
            var rows: [Row] = []
            for connections in [1, 16] { rows += try compare(singles, cluster, connections) }
            return rows
        }
        if let weed = bench.options.weed {
            outcome.rows += try await bench.withCluster { (directory: String) throws(BenchError) in
                try SeaweedFS(weed, in: directory)
            } _: { cluster in
                try [1, 4].flatMap { connections throws(BenchError) in try compareSizes(cluster.node, connections) }
            }
            outcome.remarks.append(
                "A chunk of 8 MiB is one object; half of it stored before the rest has arrived would be two of 4 MiB.")
        }
        outcome.remarks.append(
            "Native chunks of 1 MiB, one after the other on each connection. The stub answers at once: what a real bucket"
                + " takes comes on top.")
        return outcome
    }

    private func compare(
        _ singles: [Durability: Node], _ cluster: Cluster, _ connections: Int
    ) throws(BenchError) -> [Row] {
        var measured: [String: [Percentiles]] = [:]
        for round in -bench.size(1, quick: 0)..<bench.rounds {
            for durability in Durability.both {
                guard let single = singles[durability] else { continue }
                let sample = try measure(single, connections)
                if round >= 0 { measured[durability.name, default: []].append(sample) }
            }
            let sample = try measure(cluster.node, connections)
            if round >= 0 { measured["cluster", default: []].append(sample) }
        }
        let node = measured["cluster"] ?? []
        let what = connections == 1 ? "one connection" : "\(connections) connections"
        return Durability.both.flatMap { durability in
            let single = measured[durability.name] ?? []
            func row(_ name: String, _ value: (Percentiles) -> Double) -> Row {
                Row(
                    name, durability, peer: time(Spread(single.map(value)).median) + " one server with files",
                    time(Spread(node.map(value)).median),
                    ratio: Spread(zip(node, single).map { value($0) / value($1) }))
            }
            return [row("\(what), median", \.p50), row("… p99", \.p99)]
        }
    }

    /// Chunks of 8 MiB, the default, beside those of half the size.
    private func compareSizes(_ node: Node, _ connections: Int) throws(BenchError) -> [Row] {
        let size = bench.size(8 << 20, quick: 2 << 20)
        let (whole, half) = (Wire.Payload(of: size), Wire.Payload(of: size / 2))
        let chunks = bench.size(32, quick: 2)
        var measured: (wholes: [Percentiles], halves: [Percentiles]) = ([], [])
        for round in -bench.size(1, quick: 0)..<bench.rounds {
            let halves = try measure(node, connections, half, chunks: chunks)
            let wholes = try measure(node, connections, whole, chunks: chunks)
            if round >= 0 {
                measured.wholes.append(wholes)
                measured.halves.append(halves)
            }
        }
        func row(_ name: String, _ value: (Percentiles) -> Double) -> Row {
            Row(
                name, nil, peer: time(Spread(measured.halves.map(value)).median) + " half of it",
                time(Spread(measured.wholes.map(value)).median),
                ratio: Spread(zip(measured.wholes, measured.halves).map { value($0) / value($1) }))
        }
        let what = connections == 1 ? "one connection" : "\(connections) connections"
        return [row("a chunk of 8 MiB over SeaweedFS, \(what), median", \.p50), row("… p99", \.p99)]
    }

    private func measure(_ node: Node, _ connections: Int) throws(BenchError) -> Percentiles {
        try measure(node, connections, payload, chunks: bench.size(connections == 1 ? 256 : 40, quick: 8))
    }

    private func measure(
        _ node: Node, _ connections: Int, _ payload: Wire.Payload, chunks: Int
    ) throws(BenchError) -> Percentiles {
        let delays = Mutex<[Double]>([])
        let targets = Targets()
        try onThreads(connections) { thread throws(BenchError) in
            let wire = try node.connect()
            var mine: [Double] = []
            targets.add(
                try node.put(chunks: chunks, of: payload, on: wire) {
                    (send: () throws(BenchError) -> Void) throws(BenchError) in
                    let watch = Stopwatch()
                    try send()
                    mine.append(watch.seconds)
                })
            delays.withLock { $0 += mine }
        }
        try node.remove(targets.all)
        bench.scratch.settle()
        node.server.settle()
        return Percentiles(delays.withLock { $0 })
    }
}
