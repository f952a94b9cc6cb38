import Measuring
import UploadCore

/// Small uploads on persistent connections, in one request each and in three.
struct ClusterSmallUploads {
    private static let cluster = "cluster"

    let bench: Bench
    private var uploads: Int { bench.size(3000, quick: 200) }

    func run() async throws -> Outcome {
        let figures = EngineFigures(warmUps: bench.size(2, quick: 0))
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
        [bench.wholes(name, node, uploads), bench.chunked(Self.three(name), node, uploads)]
    }

    private static func three(_ name: String) -> String { name + ", three requests" }

    private func rows(_ comparison: Comparison, _ figures: EngineFigures) -> [Row] {
        var rows: [Row] = []
        for durability in Durability.both {
            let single = durability.name
            rows += [
                comparison.row(
                    "uploads in one request", durability, .rate, of: Self.cluster, to: single, called: "with SQLite"),
                comparison.row("… CPU each", durability, .cpu, of: Self.cluster, to: single, called: "with SQLite"),
            ]
        }
        rows.append(Row("… CPU of PostgreSQL each", nil, time(figures.postgresEach.median)))
        for (name, durability) in Durability.both.map({ ($0.name, $0) }) + [(Self.cluster, nil as Durability?)] {
            let place = durability == nil ? "cluster" : "SQLite"
            rows += [
                comparison.row(
                    "three requests, \(place): CPU each", durability, .cpu, of: Self.three(name), to: name,
                    called: "in one",
                    goal: .atMost(1.6)),
                Row(
                    "… time each", durability, peer: comparison.text(.rate, name) + " in one",
                    comparison.text(.rate, Self.three(name)),
                    ratio: comparison.ratio(of: Self.three(name), to: name, \.secondsEach), goal: .atMost(1.6)),
            ]
        }
        return rows
    }
}
