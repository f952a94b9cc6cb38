import Glibc
import Measuring
import Synchronization
import UploadCore

/// The latency of a trivial request while others upload at full speed.
struct Latencies {
    private static let uploaders = 4
    private static let goalSeconds = 0.01

    private let bench: Bench
    private let seconds: Double
    private let payload: Wire.Payload

    init(_ bench: Bench) {
        self.bench = bench
        seconds = bench.size(6, quick: 0.5)
        payload = Wire.Payload(of: bench.size(64 << 20, quick: 4 << 20))
    }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in [Durability.processCrash, .powerLoss] {
            var measured: [String: [Sample]] = [:]
            try await bench.withServers(durability) { nginx, wharf in
                for _ in 0..<bench.rounds {
                    measured["nginx", default: []].append(try measure(nginx))
                    measured["wharf", default: []].append(try measure(wharf))
                }
            }
            outcome.rows += rows(measured["nginx"] ?? [], measured["wharf"] ?? [], durability)
        }
        outcome.remarks.append(
            "One request every 2 ms on a connection of its own, beside four connections that send 64 MiB, again and again. All of"
                + " it shares two cores: nginx's figure is what the machine gives.")
        return outcome
    }

    private func rows(_ nginx: [Sample], _ wharf: [Sample], _ durability: Durability) -> [Row] {
        func spread(_ samples: [Sample], _ value: (Sample) -> Double) -> Spread { Spread(samples.map(value)) }
        func ratio(_ value: (Sample) -> Double) -> Spread {
            Spread(zip(wharf, nginx).map { value($0) / value($1) })
        }
        let p99 = spread(wharf, \.delays.p99).median
        return [
            Row(
                "p50", durability, peer: time(spread(nginx, \.delays.p50).median) + " nginx",
                time(spread(wharf, \.delays.p50).median), ratio: ratio(\.delays.p50)),
            Row(
                "p99", durability, peer: time(spread(nginx, \.delays.p99).median) + " nginx", time(p99),
                ratio: ratio(\.delays.p99), goal: .fact("< 10 ms", isMet: p99 < Self.goalSeconds)),
            Row(
                "uploads meanwhile", durability, peer: short(spread(nginx, \.speed).median) + " MiB/s nginx",
                short(spread(wharf, \.speed).median) + " MiB/s", ratio: ratio(\.speed)),
        ]
    }

    private struct Sample {
        let delays: Percentiles
        /// The throughput of the uploads in MiB/s.
        let speed: Double
    }

    private func measure(_ peer: some Peer) throws(BenchError) -> Sample {
        let (uploads, seconds, payload) = (Counter(), seconds, payload)
        let delays = Mutex<[Double]>([])
        let watch = Stopwatch()
        try onThreads(Self.uploaders + 1) { thread throws(BenchError) in
            let wire = try peer.connect()
            if thread == 0 {
                let measured = try Self.probe(wire, seconds: seconds)
                return delays.withLock { $0 = measured }
            }
            while watch.seconds < seconds {
                let target = try peer.put(payload, on: wire)
                try wire.call("DELETE", target)
                _ = uploads.next()
            }
        }
        let speed = Double(uploads.next() * payload.byteCount) / watch.seconds / 1_048_576
        bench.scratch.settle()
        peer.server.settle()
        return Sample(delays: Percentiles(delays.withLock { $0 }), speed: speed)
    }

    private static func probe(_ wire: Wire, seconds: Double) throws(BenchError) -> [Double] {
        let watch = Stopwatch()
        var delays: [Double] = []
        while watch.seconds < seconds {
            let start = watch.seconds
            try wire.call("GET", "/healthz")
            delays.append(watch.seconds - start)
            usleep(2000)
        }
        return delays
    }
}
