import Glibc
import Measuring
import UploadCore

/// The memory of a server whose clients have sent half of a body. Every measurement has servers of its own.
struct HalfBodies {
    private static let goalBytes = 64 << 20
    /// The bytes sent on one connection before the next one's turn, as with slow clients.
    private static let pieceBytes = 32 << 10

    private let bench: Bench
    private let connections: Int

    init(_ bench: Bench) {
        self.bench = bench
        connections = bench.size(2000, quick: 100)
    }

    func run() throws -> Outcome {
        var outcome = Outcome()
        for (byteCount, what) in [(1 << 20, "of 1 MiB"), (64 << 10, "of 64 KiB, the largest that need no file")] {
            outcome.rows += try rows(byteCount, what)
        }
        outcome.remarks.append(
            "The highest resident memory (`VmHWM`) of all processes above that of a server that has only answered `/healthz`; medians."
                + " A client's half comes in pieces of 32 KiB, one connection after the other, round and round.")
        return outcome
    }

    private func rows(_ byteCount: Int, _ what: String) throws -> [Row] {
        var (nginx, wharf): ([Memory], [Memory]) = ([], [])
        for round in 0..<bench.rounds {
            let directory = "\(bench.scratch.path)/half-\(byteCount)-\(round)-"
            nginx.append(try measure(Nginx(in: directory + "nginx"), byteCount))
            wharf.append(try measure(Wharf(in: directory + "wharf", .powerLoss), byteCount))
        }
        func median(_ memories: [Memory], _ value: (Memory) -> Int) -> Int {
            Int(Spread(memories.map { Double(value($0)) }).median)
        }
        let peak = median(wharf, \.peak)
        return [
            Row(
                "bodies \(what)", .powerLoss,
                peer: "+\(mebibytes(median(nginx, \.peak))) nginx (idle: \(mebibytes(median(nginx, \.idle))))",
                "+\(mebibytes(peak)), \(mebibytes(median(wharf, \.rest))) of it still when all was written"
                    + " (idle: \(mebibytes(median(wharf, \.idle))))",
                ratio: Spread(zip(wharf, nginx).map { Double($0.peak) / Double($1.peak) }),
                goal: .fact("< 64 MiB above idle", isMet: peak < Self.goalBytes))
        ]
    }

    /// In bytes; `peak` and `rest` are relative to `idle`.
    private struct Memory {
        let idle: Int
        let peak: Int
        let rest: Int
    }

    private func measure(_ peer: some Peer, _ byteCount: Int) throws(BenchError) -> Memory {
        let server = peer.server
        defer { server.stop() }
        server.settle()
        _ = try server.memory { memory throws(BenchError) in
            try memory.forgetPeak()
            return 0
        }
        let idle = try server.memory { memory throws(BenchError) in try memory.now() }
        let wires = try sendHalves(to: peer, Wire.Payload(of: byteCount))
        let peak = try server.memory { memory throws(BenchError) in try memory.peak() } - idle
        let rest = try server.memory { memory throws(BenchError) in try memory.now() } - idle
        return withExtendedLifetime(wires) { Memory(idle: idle, peak: peak, rest: rest) }
    }

    private func sendHalves(to peer: some Peer, _ payload: Wire.Payload) throws(BenchError) -> [Wire] {
        var wires: [Wire] = []
        for _ in 0..<connections {
            let wire = try peer.connect()
            try peer.beginPut(payload, sending: Self.pieceBytes, on: wire)
            wires.append(wire)
        }
        for _ in stride(from: Self.pieceBytes, to: payload.byteCount / 2, by: Self.pieceBytes) {
            for wire in wires { try wire.send(payload, Self.pieceBytes) }
        }
        let watch = Stopwatch()
        while wires.contains(where: { $0.unsentBytes > 0 }) {
            guard watch.seconds < 60 else { throw BenchError("the server does not read what was sent") }
            usleep(10_000)
        }
        peer.server.settle()
        return wires
    }
}
