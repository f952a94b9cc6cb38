import Measuring
import UploadCore

/// A large volume of data by “Resumable Uploads for HTTP”, against tus of the same server.
struct ResumableUploads {
    let bench: Bench
    let shape: UploadShape

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
            outcome.rows += [
                comparison.row("throughput", durability, .throughput, of: "resumable", to: "tus"),
                comparison.row("CPU per GiB", durability, .cpu, of: "resumable", to: "tus", goal: .atMost(1.05)),
            ]
            outcome.rows += comparison.floorRows(of: "resumable", durability)
        }
        outcome.remarks.append(
            "Version 9: a `POST` that creates and a `PATCH` for each piece, with an interim response for each checkpoint. tus is the "
                + "same server with the same pieces. " + Floors.remark)
        return outcome
    }
}
