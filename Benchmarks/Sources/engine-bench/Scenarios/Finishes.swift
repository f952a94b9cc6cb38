import SessionCore
import UploadCore
import Wharf

/// Finishing a large upload: in the process that received it, where the hash has followed, and in a later one.
struct Finishes {
    private let bench: Bench
    private let chunk = Content.make(ChunkWrites.chunkBytes)
    private let small: Int
    private let large: Int
    private let remark: String?

    /// Takes a smaller upload if the disk has no room for the large one and as much again.
    init(_ bench: Bench) {
        self.bench = bench
        small = bench.size(128, quick: 2)
        let wanted = bench.size(1024, quick: 16)
        let room = Int(bench.scratch.freeBytes / 2) / ChunkWrites.chunkBytes
        large = max(small, min(wanted, room - small))
        remark = large < wanted ? "The disk had no room for \(Self.text(wanted))." : nil
    }

    private static func text(_ chunks: Int) -> String {
        let mebibytes = chunks * ChunkWrites.chunkBytes >> 20
        return mebibytes < 1024 ? "\(mebibytes) MiB" : "\(mebibytes / 1024) GiB"
    }

    func run() async throws -> Outcome {
        var outcome = Outcome(remarks: remark.map { [$0] } ?? [])
        for durability in Durability.both {
            // One large upload a round is all that the time allows; the last round is finished after a restart.
            var comparison = Comparison()
            for round in 0..<bench.rounds {
                try await finish("followed", durability, reopening: false, &comparison)
                if round == 0, durability == .powerLoss {
                    try await finish("reopened", durability, reopening: true, &comparison)
                }
            }
            outcome.rows.append(row("followed", "finish, hash has followed", comparison, durability))
            if durability == .powerLoss {
                outcome.rows.append(row("reopened", "finish, after a restart", comparison, durability))
            }
        }
        return outcome
    }

    private func row(_ leg: String, _ what: String, _ comparison: Comparison, _ durability: Durability) -> Row {
        let (peer, engine) = (leg + " small", leg + " large")
        let (few, many) = (comparison.median(peer, \.seconds), comparison.median(engine, \.seconds))
        // Of calls that take a sync or two, what differs by less than 5 ms does not differ.
        let isSame = abs(many - few) < 0.005
        return Row(
            what, durability, peer: "\(time(few)) for \(Self.text(small))",
            engine: "\(time(many)) for \(Self.text(large))",
            ratio: comparison.ratio(of: engine, to: peer, \.seconds),
            goal: leg == "followed" ? .fact("the same ± 5 ms", isMet: isSame) : nil)
    }

    private func finish(
        _ leg: String, _ durability: Durability, reopening: Bool, _ comparison: inout Comparison
    ) async throws {
        for (size, chunks) in [("small", small), ("large", large)] {
            var store = try await bench.store("finish", durability)
            let client = try await store.newcomer("ada")
            let request = client.request(
                .chunks(size: UInt64(chunk.count)), length: UInt64(chunks * chunk.count))
            let id = try await store.uploads.beginUpload(request, by: client.caller).record.id
            for index in 0..<chunks {
                try await store.uploads.putChunk(id, index: UInt64(index), chunk, by: client.caller)
            }
            if reopening {
                await store.close()
                store = try await bench.store("finish", durability)
            }
            let cost = try await Cost.of {
                _ = try await store.uploads.commit(id, by: client.caller)
                return 1
            }
            comparison.add("\(leg) \(size)", cost)
            await store.close()
            bench.scratch.remove("finish")
        }
    }
}
