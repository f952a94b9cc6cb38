import Measuring
import UploadCore

/// A large volume of data by “Resumable Uploads for HTTP”, against tus of the same server.
struct ResumableUploads {
    private let bench: Bench
    private let shape: UploadShape

    init(_ bench: Bench, _ shape: UploadShape) {
        self.bench = bench
        self.shape = bench.size(shape, quick: shape.quick)
    }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in [Durability.processCrash, .powerLoss] {
            let comparison = try await bench.withServers(durability) { _, wharf in
                try await bench.withFloors(durability) { floors in
                    try await bench.compare(
                        [bench.uploads("tus", wharf.tus, shape), bench.uploads("resumable", wharf.resumable, shape)]
                            + floors.legs(bench, shape))
                }
            }
            func speed(_ leg: String) -> String { short(comparison.median(leg) { $0.perSecond * 1024 }) + " MiB/s" }
            func cpu(_ leg: String) -> String { time(comparison.median(leg, \.cpuEach)) }
            outcome.rows += [
                Row(
                    "throughput", durability, peer: "\(speed("tus")) tus", speed("resumable"),
                    ratio: comparison.ratio(of: "resumable", to: "tus", \.perSecond)),
                Row(
                    "CPU per GiB", durability, peer: "\(cpu("tus")) tus", cpu("resumable"),
                    ratio: comparison.ratio(of: "resumable", to: "tus", \.cpuEach), goal: .atMost(1.05)),
            ]
            outcome.rows += comparison.floorRows(of: "resumable", durability)
        }
        outcome.remarks.append(
            "Version 9: a `POST` that creates and a `PATCH` for each piece, with an interim response for each checkpoint. tus is the "
                + "same server with the same pieces. " + Floors.remark)
        return outcome
    }
}
