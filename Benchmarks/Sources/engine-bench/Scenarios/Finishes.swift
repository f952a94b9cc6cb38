import Measuring
import SessionCore
import UploadCore
import Wharf

/// Finishing a large upload: in the process that received it, where the hash is up to date, and after a restart.
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
            outcome.rows.append(row(durability.name, "finish, the hash has followed", comparison, durability))
        }
        // The durability of the writes makes no difference to the bytes that are read and hashed again.
        let restart = "restart"
        comparison.add(restart + " small", try await finish(small, .processCrash, reopening: true))
        comparison.add(restart + " large", try await finish(large, .processCrash, reopening: true))
        outcome.rows.append(row(restart, "finish, after a restart", comparison, .powerLoss))
        outcome.remarks.append(
            "Of the large one there is one measurement each, and of the restart; what lies in the page cache is read from there."
        )
        return outcome
    }

    private func row(_ leg: String, _ what: String, _ comparison: Comparison, _ durability: Durability) -> Row {
        let (peer, engine) = (leg + " small", leg + " large")
        let (few, many) = (comparison.median(peer, \.seconds), comparison.median(engine, \.seconds))
        // For calls with a sync or two, a difference of less than 5 ms does not count.
        let isSame = abs(many - few) < 0.005
        return Row(
            what, durability, peer: "\(time(few)) for \(Self.text(small))",
            "\(time(many)) for \(Self.text(large))",
            ratio: Spread([many / few]),
            goal: leg == "restart" ? nil : .fact("the same ± 5 ms", isMet: isSame))
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
            store = try await bench.store("finish", .powerLoss)
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
