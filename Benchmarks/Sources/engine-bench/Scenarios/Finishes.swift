import Measuring
import SessionCore
import UploadCore
import Wharf

/// Finishing a large upload: in the process that received it, and after a restart, where the hash goes on from its record.
struct Finishes {
    private let bench: Bench
    private let chunk = Content.make(ChunkWrites.chunkBytes)
    private let small: Int
    private let large: Int
    private let remark: String?

    /// Uses a smaller upload if twice the size of the large one exceeds the free space.
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
        var comparison = Comparison()
        for durability in Durability.both {
            for _ in 0..<bench.rounds {
                comparison.add("\(durability.name) small", try await finish(small, durability))
            }
            comparison.add("\(durability.name) large", try await finish(large, durability))
            let few = comparison.median("\(durability.name) small", \.seconds)
            let many = comparison.median("\(durability.name) large", \.seconds)
            outcome.rows.append(
                row("finish", durability, few, "for \(Self.text(small))", many, "for \(Self.text(large))"))
            comparison.add("\(durability.name) restart", try await finish(large, durability, reopening: true))
            let reopened = comparison.median("\(durability.name) restart", \.seconds)
            outcome.rows.append(
                row("finish of \(Self.text(large))", durability, many, "at once", reopened, "after a restart"))
        }
        outcome.remarks.append("Of the large one there is one measurement each.")
        return outcome
    }

    private func row(
        _ what: String, _ durability: Durability, _ few: Double, _ peer: String, _ many: Double, _ engine: String
    ) -> Row {
        // For calls with a sync or two, a difference of less than 5 ms does not count.
        Row(
            what, durability, peer: "\(time(few)) \(peer)", "\(time(many)) \(engine)", ratio: Spread([many / few]),
            goal: .fact("at most 5 ms more", isMet: many - few < 0.005))
    }

    /// The cost of committing an upload of this many chunks.
    private func finish(_ chunks: Int, _ durability: Durability, reopening: Bool = false) async throws -> Cost {
        var store = try await bench.store("finish", durability)
        let client = try await store.newcomer("ada")
        let request = client.request(.chunks(size: UInt64(chunk.count)), length: UInt64(chunks * chunk.count))
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
        await store.close()
        bench.scratch.remove("finish")
        return cost
    }
}
