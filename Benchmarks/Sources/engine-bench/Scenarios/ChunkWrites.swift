import Crypto
import SessionCore
import UploadCore
import Wharf

/// Large uploads in chunks of 8 MiB, against the same writes without an engine, with and without the same hash.
struct ChunkWrites {
    static let chunkBytes = 8 << 20
    /// What a transport hands over at a time.
    static let pieceBytes = 256 << 10

    private let bench: Bench
    private let chunks: Int
    private let chunk = Content.make(ChunkWrites.chunkBytes)

    init(_ bench: Bench) {
        self.bench = bench
        chunks = bench.size(128, quick: 8)
    }

    private var totalBytes: Int { chunks * Self.chunkBytes }
    private var gibibytes: Double { Double(totalBytes) / Double(1 << 30) }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in Durability.both {
            let store = try await bench.store("chunks", durability)
            outcome.rows += try await inOrder(store, durability)
            outcome.rows += try await inParallel(store, durability)
            await store.close()
            bench.scratch.remove("chunks")
        }
        outcome.remarks.append(
            "Bare: `pwrite` of 8 MiB"
                + " and, at power-loss, `fdatasync`, in a loop on each thread. The engine's time ends with the commit, so that it"
                + " holds all hashing. CPU is user and system time of the whole process.")
        return outcome
    }

    // MARK: One after the other

    private func inOrder(_ store: EmbeddedStore, _ durability: Durability) async throws -> [Row] {
        let client = try await store.newcomer("ada")
        let comparison = try await Comparison(
            rounds: bench.rounds,
            [
                bare("bare", durability, threads: 1, isHashed: false),
                bare("bare and hash", durability, threads: 1, isHashed: true),
                engine("putChunk", store, client, uploads: 1, inFlight: 1, put),
                engine("pieces", store, client, uploads: 1, inFlight: 1, putInPieces),
            ])
        return rows(
            [("putChunk", "in order, `putChunk`"), ("pieces", "in order, `openChunk` and 256 KiB pieces")], comparison,
            durability)
    }

    // MARK: Four at once

    private func inParallel(_ store: EmbeddedStore, _ durability: Durability) async throws -> [Row] {
        let client = try await store.newcomer("bob")
        let comparison = try await Comparison(
            rounds: bench.rounds,
            [
                bare("bare", durability, threads: 4, isHashed: false),
                bare("bare and hash", durability, threads: 4, isHashed: true),
                engine("chunks", store, client, uploads: 1, inFlight: 4, put),
                engine("uploads", store, client, uploads: 4, inFlight: 1, put),
            ])
        return rows(
            [("chunks", "4 chunks of one upload at once"), ("uploads", "4 uploads at once")], comparison, durability)
    }

    private func rows(
        _ engines: [(leg: String, what: String)], _ comparison: Comparison, _ durability: Durability
    ) -> [Row] {
        engines.flatMap { leg, what in
            func speed(_ cost: Cost) -> Double { gibibytes * 1024 / cost.seconds }
            func cpu(_ cost: Cost) -> Double { cost.cpuSeconds / gibibytes }
            return [
                Row(
                    what, durability, peer: "\(short(comparison.median("bare", speed))) MiB/s bare",
                    engine: "\(short(comparison.median(leg, speed))) MiB/s",
                    ratio: comparison.ratio(of: leg, to: "bare", speed),
                    goal: durability == .powerLoss ? .atLeast(0.9) : nil),
                Row(
                    "… with the hash", durability,
                    peer: "\(short(comparison.median("bare and hash", speed))) MiB/s bare and hash",
                    engine: "\(short(comparison.median(leg, speed))) MiB/s",
                    ratio: comparison.ratio(of: leg, to: "bare and hash", speed)),
                Row(
                    "… CPU", durability, peer: "\(time(comparison.median("bare and hash", cpu)))/GiB bare and hash",
                    engine: "\(time(comparison.median(leg, cpu)))/GiB",
                    ratio: comparison.ratio(of: leg, to: "bare and hash", cpu), goal: .atMost(1.15)),
            ]
        }
    }

    // MARK: - Legs

    /// Each thread writes a file of its own.
    private func bare(_ name: String, _ durability: Durability, threads: Int, isHashed: Bool) -> Leg {
        Leg(name) { [self] in
            let files = try (0..<threads).map { try BareFile(making: bench.scratch.path + "/bare-\($0)") }
            defer {
                for file in files {
                    file.end()
                    file.remove()
                }
                bench.scratch.settle()
            }
            let (chunk, count) = (chunk, chunks / threads)
            return try await Cost.of {
                try onThreads(threads) { thread throws(BenchError) in
                    var hasher = SHA256()
                    for index in 0..<count {
                        try files[thread].write(chunk, at: index * Self.chunkBytes)
                        if isHashed { chunk.withUnsafeBytes { hasher.update(bufferPointer: $0) } }
                        if durability == .powerLoss { try files[thread].sync() }
                    }
                    if isHashed { keep(hasher.finalize()) }
                }
                return 1
            }
        }
    }

    private func engine(
        _ name: String, _ store: EmbeddedStore, _ client: Client, uploads: Int, inFlight: Int,
        _ put: @escaping @Sendable (EmbeddedStore, SessionId, UInt64, Client) async throws -> Void
    ) -> Leg {
        Leg(name) { [self] in
            let count = chunks / uploads
            let request = client.request(
                .chunks(size: UInt64(Self.chunkBytes)), length: UInt64(count * Self.chunkBytes))
            var ids: [SessionId] = []
            for _ in 0..<uploads {
                ids.append(try await store.uploads.beginUpload(request, by: client.caller).record.id)
            }
            let cost = try await Cost.of {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for id in ids {
                        group.addTask {
                            try await Callers.call(inFlight, items: count) { index in
                                try await put(store, id, UInt64(index), client)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                // What the hash has not followed yet is paid for here.
                for id in ids { _ = try await store.uploads.commit(id, by: client.caller) }
                return 1
            }
            for id in ids { try await store.uploads.deleteBlob(BlobId(id), by: client.caller) }
            bench.scratch.settle()
            return cost
        }
    }

    @Sendable
    private func put(_ store: EmbeddedStore, _ id: SessionId, _ index: UInt64, _ client: Client) async throws {
        try await store.uploads.putChunk(id, index: index, chunk, by: client.caller)
    }

    @Sendable
    private func putInPieces(_ store: EmbeddedStore, _ id: SessionId, _ index: UInt64, _ client: Client) async throws {
        let writer = try await store.uploads.openChunk(
            id, index: index, byteCount: UInt64(Self.chunkBytes), by: client.caller)
        for start in stride(from: 0, to: Self.chunkBytes, by: Self.pieceBytes) {
            try await writer.write(chunk[start..<start + Self.pieceBytes])
        }
        try await writer.complete()
    }
}
