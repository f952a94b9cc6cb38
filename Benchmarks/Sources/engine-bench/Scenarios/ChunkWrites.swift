import Measuring
import SessionCore
import UploadCore
import Wharf

/// Large uploads in chunks of 8 MiB, against the same writes without an engine, with and without the same hash.
struct ChunkWrites {
    static let chunkBytes = 8 << 20
    /// The size of the pieces that a transport delivers.
    static let pieceBytes = 256 << 10

    /// Four turns of 256 MiB make one measurement of 1 GiB. Their data is small and removed at once, so that the legs
    /// alternate often and reuse the page cache memory that the previous leg has freed: a virtual machine's host may
    /// reclaim free memory after seconds, and getting it back costs more than everything measured here.
    private static let turns = 4

    private let bench: Bench
    /// The chunks of one turn.
    private let chunks: Int
    private let chunk = Content.make(ChunkWrites.chunkBytes)

    init(_ bench: Bench) {
        self.bench = bench
        chunks = bench.size(32, quick: 8)
    }

    private var gibibytes: Double { Double(Self.turns * chunks * Self.chunkBytes) / Double(1 << 30) }

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
            "Bare: `pwrite` of 8 MiB and, at power-loss, `fdatasync`, in a loop on each thread. The engine's time ends with the"
                + " commit, so that it holds all hashing. CPU is user and system time of the whole process. Written are"
                + " uploads of 256 MiB (four at once: of 64 MiB), 1 GiB to a measurement.")
        return outcome
    }

    private func inOrder(_ store: EmbeddedStore, _ durability: Durability) async throws -> [Row] {
        let client = try await store.newcomer("ada")
        let comparison = try await bench.compare(
            turns: Self.turns,
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

    private func inParallel(_ store: EmbeddedStore, _ durability: Durability) async throws -> [Row] {
        let client = try await store.newcomer("bob")
        let comparison = try await bench.compare(
            turns: Self.turns,
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
                    "\(short(comparison.median(leg, speed))) MiB/s",
                    ratio: comparison.ratio(of: leg, to: "bare", speed),
                    goal: durability == .powerLoss ? .atLeast(0.9) : nil),
                Row(
                    "… with the hash", durability,
                    peer: "\(short(comparison.median("bare and hash", speed))) MiB/s bare and hash",
                    "\(short(comparison.median(leg, speed))) MiB/s",
                    ratio: comparison.ratio(of: leg, to: "bare and hash", speed)),
                Row(
                    "… CPU", durability, peer: "\(time(comparison.median("bare and hash", cpu)))/GiB bare and hash",
                    "\(time(comparison.median(leg, cpu)))/GiB",
                    ratio: comparison.ratio(of: leg, to: "bare and hash", cpu), goal: .atMost(1.15)),
            ]
        }
    }

    // MARK: - Legs

    private func bare(_ name: String, _ durability: Durability, threads: Int, isHashed: Bool) -> Leg {
        let writing = BareWriting(
            scratch: bench.scratch, durability: durability, files: threads, chunks: chunks, chunk: chunk,
            isHashed: isHashed)
        return Leg(name, writing.run)
    }

    private func engine(
        _ name: String, _ store: EmbeddedStore, _ client: Client, uploads: Int, inFlight: Int,
        _ put: @escaping EngineWriting.Put
    ) -> Leg {
        let writing = EngineWriting(
            scratch: bench.scratch, store: store, client: client, uploads: uploads, inFlight: inFlight, chunks: chunks,
            put: put)
        return Leg(name, writing.run)
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
