import Measuring
import UploadCore

/// Downloads of a large blob from the page cache.
struct Downloads {
    let bench: Bench
    private var byteCount: Int { bench.size(2 << 30, quick: 64 << 20) }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        outcome.rows = try await bench.withServers(.processCrash) { nginx, wharf in
            let payload = Wire.Payload(of: byteCount)
            let file = try nginx.put(payload, on: try nginx.connect())
            let blob = try wharf.put(payload, on: try wharf.connect())
            return try await bench.compareDownloads(turns: bench.size(2, quick: 1)) { connections in
                [
                    bench.downloads("nginx", nginx, file, of: byteCount, connections: connections),
                    bench.downloads("wharf", wharf, blob, of: byteCount, connections: connections),
                ]
            } rows: { comparison, what in
                [
                    comparison.row("\(what), CPU per GiB", nil, .cpu, of: "wharf", to: "nginx", goal: .atMost(1)),
                    comparison.row("… throughput", nil, .throughput, of: "wharf", to: "nginx"),
                ]
            }
        }
        outcome.remarks.append(
            "Both send by `sendfile` from the page cache; the client lets its kernel throw away what it receives. Where 16 download at"
                + " once, each takes an eighth of the blob by a range.")
        return outcome
    }
}

extension Bench {
    /// The rows of downloads one at a time, and of 16 at once.
    func compareDownloads(
        turns: Int = 1, _ legs: (_ connections: Int) -> [Leg], rows: (Comparison, _ what: String) -> [Row]
    ) async throws -> [Row] {
        var all: [Row] = []
        for connections in [1, 16] {
            let comparison = try await compare(turns: turns, legs(connections))
            all += rows(comparison, connections == 1 ? "one at a time" : "\(connections) at once")
        }
        return all
    }

    /// Downloads by one connection of the whole, or by several of an eighth each.
    func downloads(_ name: String, _ peer: some Peer, _ target: String, of byteCount: Int, connections: Int) -> Leg {
        Leg(name) {
            let byteCount = connections == 1 ? byteCount : byteCount / 8
            let wires = try (0..<connections).map { _ in try peer.connect() }
            return try peer.server.cost {
                try onThreads(connections) { thread throws(BenchError) in
                    let first = thread % 8 * byteCount
                    let range = connections == 1 ? "" : "Range: bytes=\(first)-\(first + byteCount - 1)\r\n"
                    let answer = try wires[thread].call("GET", target, fields: range, keepsBody: false)
                    guard answer.length == byteCount else { throw BenchError("\(answer.length) bytes came") }
                }
                return Double(connections * byteCount) / Double(1 << 30)
            }
        }
    }
}
