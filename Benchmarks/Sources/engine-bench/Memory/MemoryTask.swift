import Measuring
import SessionCore
import UploadCore
import Wharf

/// A task of a child process whose memory is measured.
enum MemoryTask: String, CaseIterable {
    case chunks, append, halfDone = "half-done", writing

    func run(_ options: Options) async throws -> MemoryPeak {
        try FileLimit.raise()
        let store = try await Bench.store(at: options.directory + "/store", options.durability)
        var clients: [Client] = []
        for number in 0..<10 { clients.append(try await store.newcomer("caller \(number)")) }
        let piece = Content.make(ChunkWrites.pieceBytes)
        try ProcessMemory.own.forgetPeak()
        let idle = try ProcessMemory.own.now()
        switch self {
        case .chunks: try await upload(options, store, clients[0], piece)
        case .append: try await append(options, store, clients[0], piece)
        case .halfDone: try await halves(options, store, clients, piece, leavesWriters: false)
        case .writing: try await halves(options, store, clients, piece, leavesWriters: true)
        }
        let (rest, peak) = (try ProcessMemory.own.now(), try ProcessMemory.own.peak())
        await store.close()
        return MemoryPeak(idleBytes: idle, peakBytes: peak, restBytes: rest)
    }

    // MARK: - One large upload

    private func upload(
        _ options: Options, _ store: EmbeddedStore, _ client: Client, _ piece: [UInt8]
    ) async throws {
        let (chunkBytes, chunks) = (ChunkWrites.chunkBytes, MemoryPeaks.chunks(options))
        let request = client.request(.chunks(size: UInt64(chunkBytes)), length: UInt64(chunks * chunkBytes))
        let id = try await store.uploads.beginUpload(request, by: client.caller).record.id
        for index in 0..<chunks {
            let writer = try await store.uploads.openChunk(id, index: UInt64(index), by: client.caller)
            for _ in 0..<chunkBytes / piece.count { try await writer.write(piece) }
            try await writer.complete()
        }
        _ = try await store.uploads.commit(id, by: client.caller)
    }

    private func append(
        _ options: Options, _ store: EmbeddedStore, _ client: Client, _ piece: [UInt8]
    ) async throws {
        let length = MemoryPeaks.chunks(options) * ChunkWrites.chunkBytes
        let request = client.request(.append, length: UInt64(length))
        let id = try await store.uploads.beginUpload(request, by: client.caller).record.id
        let writer = try await store.uploads.openAppend(id, at: 0, by: client.caller)
        for _ in 0..<length / piece.count { try await writer.write(piece) }
        try await writer.complete()
        _ = try await store.uploads.commit(id, by: client.caller)
    }

    // MARK: - Many at once

    /// Uploads of two chunks, the first of them durable. With `leavesWriters` the second is half written, and the
    /// writers stay open until all uploads have one.
    private func halves(
        _ options: Options, _ store: EmbeddedStore, _ clients: [Client], _ piece: [UInt8], leavesWriters: Bool
    ) async throws {
        let chunk = Array(piece[..<(64 << 10)])
        var writers: [OpenWriter] = []
        for number in 0..<MemoryPeaks.uploads(options) {
            let client = clients[number % clients.count]
            let request = client.request(.chunks(size: UInt64(chunk.count)), length: UInt64(2 * chunk.count))
            let id = try await store.uploads.beginUpload(request, by: client.caller).record.id
            try await store.uploads.putChunk(id, index: 0, chunk, by: client.caller)
            guard leavesWriters else { continue }
            let writer = try await store.uploads.openChunk(id, index: 1, by: client.caller)
            try await writer.write(chunk[..<(chunk.count / 2)])
            writers.append(OpenWriter(writer))
        }
        for open in writers { await open.writer.take()?.cancel() }
    }

    /// A writer in an array, which cannot hold it otherwise.
    private final class OpenWriter {
        var writer: EmbeddedStore.Service.Writer?

        init(_ writer: consuming EmbeddedStore.Service.Writer) {
            self.writer = consume writer
        }
    }
}
