import Measuring
import SessionCore
import UploadCore
import Wharf

/// Concatenating a thousand uploads into one.
struct Concatenations {
    private static let store = "concatenation"

    private let bench: Bench
    private let parts: Int
    private let part: [UInt8]
    private let remark: String?

    /// Uses smaller parts if twice their total size exceeds the free space.
    init(_ bench: Bench) {
        self.bench = bench
        parts = bench.size(1000, quick: 50)
        let wanted = bench.size(8 << 20, quick: 128 << 10)
        let room = Int(bench.scratch.freeBytes / 2) / parts
        let size = max(65 << 10, min(wanted, room & ~0xFFF))
        part = Content.make(size)
        remark = size < wanted ? "The disk had room for parts of \(size >> 10) KiB only." : nil
    }

    func run() async throws -> Outcome {
        var outcome = Outcome(remarks: remark.map { [$0] } ?? [])
        // The durability of the writes makes no difference to the parts.
        let writing = try await bench.store(Self.store, .processCrash)
        let client = try await writing.newcomer("ada")
        let ids = try await upload(to: writing, client)
        await writing.close()
        bench.scratch.settle()
        for durability in Durability.both {
            let store = try await bench.store(Self.store, durability)
            let comparison = try await bench.compare(
                more: 2,
                [
                    Leg("engine") {
                        try await Cost.of {
                            let request = client.request(.append, length: nil)
                            let record = try await store.uploads.concatenate(request, parts: ids, by: client.caller)
                            guard record.blob != nil else { throw BenchError("a concatenation did not commit") }
                            return 1
                        }
                    }
                ])
            await store.close()
            let seconds = comparison.median("engine", \.seconds)
            outcome.rows.append(
                Row(
                    "\(decimals(Double(parts), 0)) parts of \(short(Double(part.count) / 1_048_576)) MiB, committed",
                    durability, time(seconds), goal: .fact("milliseconds: < 50 ms", isMet: seconds < 0.05)))
        }
        bench.scratch.remove(Self.store)
        return outcome
    }

    private func upload(to store: EmbeddedStore, _ client: Client) async throws -> [SessionId] {
        let request = client.request(
            .chunks(size: UInt64(part.count)), length: UInt64(part.count), isPartial: true)
        var ids: [SessionId] = []
        for _ in 0..<parts { ids.append(try await store.uploads.beginUpload(request, by: client.caller).record.id) }
        try await Callers.call(4, items: parts) { [ids, part] number in
            try await store.uploads.putChunk(ids[number], index: 0, part, by: client.caller)
            _ = try await store.uploads.commit(ids[number], by: client.caller)
        }
        return ids
    }
}
