import Measuring
import UploadCore

/// Small uploads on persistent connections, in one request each and in three.
struct ClusterSmallUploads {
    private static let connections = 16
    private static let cluster = "cluster"

    private let bench: Bench
    private let uploads: Int
    private let payload = Wire.Payload(of: 4096)

    init(_ bench: Bench) {
        self.bench = bench
        uploads = bench.size(3000, quick: 200)
    }

    func run() async throws -> Outcome {
        let figures = EngineFigures()
        var outcome = Outcome()
        outcome.rows = try await bench.withSinglesAndCluster { singles, cluster in
            var legs: [Leg] = []
            for durability in Durability.both {
                if let single = singles[durability] { legs += self.legs(durability.name, single) }
            }
            legs += self.legs(Self.cluster, cluster.node).enumerated().map { index, leg in
                index == 0 ? figures.noting(leg, cluster) : leg
            }
            return rows(try await bench.compare(turns: bench.size(2, quick: 1), legs), figures)
        }
        outcome.remarks.append(
            "`POST /v1/blobs` of 4 KiB, whose bytes are in the catalogue, against begin, one chunk and finish. The two cores are"
                + " also those of the client's 16 threads and of PostgreSQL. \(decimals(Double(uploads), 0)) uploads to a run."
        )
        return outcome
    }

    private func legs(_ name: String, _ node: Node) -> [Leg] {
        [
            bench.wholes(name, node, uploads, of: payload, connections: Self.connections),
            bench.chunked(Self.three(name), node, uploads, of: payload, connections: Self.connections),
        ]
    }

    private static func three(_ name: String) -> String { name + ", three requests" }

    private func rows(_ comparison: Comparison, _ figures: EngineFigures) -> [Row] {
        func rate(_ leg: String) -> String { decimals(comparison.median(leg, \.perSecond), 0) + "/s" }
        func cpu(_ leg: String) -> String { time(comparison.median(leg, \.cpuEach)) }
        var rows: [Row] = []
        for durability in Durability.both {
            let single = durability.name
            rows += [
                Row(
                    "uploads in one request", durability, peer: rate(single) + " with SQLite", rate(Self.cluster),
                    ratio: comparison.ratio(of: Self.cluster, to: single, \.perSecond)),
                Row(
                    "… CPU each", durability, peer: cpu(single) + " with SQLite", cpu(Self.cluster),
                    ratio: comparison.ratio(of: Self.cluster, to: single, \.cpuEach)),
            ]
        }
        rows.append(Row("… CPU of PostgreSQL each", nil, time(figures.postgresEach.median)))
        for (name, durability) in Durability.both.map({ ($0.name, $0) }) + [(Self.cluster, nil as Durability?)] {
            let place = durability == nil ? "cluster" : "SQLite"
            rows += [
                Row(
                    "three requests, \(place): CPU each", durability, peer: cpu(name) + " in one",
                    cpu(Self.three(name)), ratio: comparison.ratio(of: Self.three(name), to: name, \.cpuEach),
                    goal: .atMost(1.6)),
                Row(
                    "… time each", durability, peer: rate(name) + " in one", rate(Self.three(name)),
                    ratio: comparison.ratio(of: Self.three(name), to: name, \.secondsEach), goal: .atMost(1.6)),
            ]
        }
        return rows
    }
}
