import Measuring
import Synchronization
import UploadCore

/// What a million pending uploads cost those that begin another, over each catalogue.
struct ManyPending {
    private let bench: Bench
    private let fewCount: Int
    private let manyCount: Int

    init(_ bench: Bench) {
        self.bench = bench
        fewCount = 1000
        manyCount = bench.size(1_000_000, quick: 5000)
    }

    func run() async throws -> Outcome {
        let tokens = bench.scratch.path + "/tokens"
        try PendingCallers.writeTokens(of: PendingCallers.count(for: manyCount), to: tokens)
        var outcome = Outcome()
        let settings = ["auth=tokens=" + tokens]
        outcome.rows += try await bench.withSingle(.powerLoss, settings: settings, filling: fewCount) { few in
            try await bench.withSingle(.powerLoss, settings: settings, filling: manyCount) { many in
                try await rows("SQLite", few, many)
            }
        }
        outcome.rows += try await bench.withCluster(nodes: 0) { cluster in
            let few = try cluster.node(over: "few", settings: settings, filling: fewCount, bench)
            defer { few.server.stop() }
            let many = try cluster.node(over: "many", settings: settings, filling: manyCount, bench)
            defer { many.server.stop() }
            return try await rows("PostgreSQL", few, many)
        }
        outcome.remarks.append(
            "`POST /v1/uploads` with idempotency keys. The pending uploads belong to callers with \(PendingCallers.perCaller) each, so"
                + " that 10 callers are all there are beside the fewer; who begins is drawn from 10 of them, or from all. What was"
                + " begun is aborted before the next leg. PostgreSQL has the settings that it comes with, and writes whole pages"
                + " to its log after a checkpoint.")
        return outcome
    }

    private func rows(_ catalogue: String, _ few: Node, _ many: Node) async throws -> [Row] {
        let all = PendingCallers.count(for: manyCount)
        var rows: [Row] = []
        for connections in [1, 64] {
            let comparison = try await bench.compare(
                turns: bench.size(3, quick: 1),
                [
                    begin("few", few, ofFirst: 10, connections), begin("many", many, ofFirst: 10, connections),
                    begin("many of all", many, ofFirst: all, connections),
                ])
            let how = connections == 1 ? "one after the other" : "\(connections) at once"
            let counts = (decimals(Double(fewCount), 0), decimals(Double(manyCount), 0))
            func row(_ leg: String, _ callers: String) -> Row {
                Row(
                    "\(catalogue), \(how), \(callers) callers, each", .powerLoss,
                    peer: "\(time(comparison.median("few", \.secondsEach))) beside \(counts.0)",
                    "\(time(comparison.median(leg, \.secondsEach))) beside \(counts.1)",
                    ratio: comparison.ratio(of: leg, to: "few", \.secondsEach), goal: .atMost(1.2))
            }
            rows += [row("many", "10"), row("many of all", "all")]
        }
        return rows
    }

    private func begin(_ name: String, _ node: Node, ofFirst callers: Int, _ connections: Int) -> Leg {
        let count = connections == 1 ? bench.size(100, quick: 20) : bench.size(500, quick: 100)
        return Leg(name) {
            let wires = try (0..<connections).map { _ in try node.connect() }
            let next = Counter()
            let begun = Mutex<[(upload: String, authorization: String)]>([])
            let cost = try node.server.cost {
                try onThreads(connections) { thread throws(BenchError) in
                    while next.take(below: count) != nil {
                        let authorization = PendingCallers.authorization(Int.random(in: 0..<callers))
                        let key = "Idempotency-Key: \"\(UInt64.random(in: 0 ... .max))\"\r\n"
                        let upload = try node.begin(
                            length: 100 << 20, chunkSize: 8 << 20, on: wires[thread], fields: authorization + key)
                        begun.withLock { $0.append((upload, authorization)) }
                    }
                }
                return Double(count)
            }
            // Restores the number of pending uploads for the next leg.
            let (uploads, following) = (begun.withLock { $0 }, Counter())
            try onThreads(connections) { thread throws(BenchError) in
                while let index = following.take(below: uploads.count) {
                    try wires[thread].call("DELETE", uploads[index].upload, fields: uploads[index].authorization)
                }
            }
            node.server.settle()
            return cost
        }
    }
}

extension Bench {
    /// Runs `body` with a server over a directory that has pending uploads.
    fileprivate func withSingle<Value>(
        _ durability: Durability, settings: [String], filling count: Int, _ body: (Node) async throws -> Value
    ) async throws -> Value {
        let name = "pending-\(nextName())"
        let store = Node.Store.directory("\(scratch.path)/\(name)", durability)
        defer { scratch.remove(name) }
        // The server makes the catalogue.
        try Node(options.wharf, store, settings: settings, log: nodeLog).server.stop()
        let statements = scratch.path + "/fill.sql"
        try writeText(PendingCallers.fillSQLite(count), to: statements)
        try Command.run(
            "sqlite3", ["-bail", "\(scratch.path)/\(name)/catalogue.db", ".read \(statements)"])
        let node = try Node(options.wharf, store, settings: settings, log: nodeLog)
        defer { node.server.stop() }
        return try await body(node)
    }
}

extension Cluster {
    /// A node over a new database that has pending uploads.
    fileprivate func node(
        over database: String, settings: [String], filling count: Int, _ bench: Bench
    ) throws(BenchError) -> Node {
        try postgres.execute("CREATE DATABASE \(database)")
        let node = try Node(
            bench.options.wharf, .cluster(catalogue: postgres.uri(database), objects: bucket.location),
            settings: settings, log: bench.nodeLog)
        do throws(BenchError) {
            try postgres.execute(PendingCallers.fillPostgres(count), in: database)
        } catch {
            node.server.stop()
            throw error
        }
        return node
    }
}
