import DurableFiles
import HTTPTypes
import NativeWire
import NIOCore
import UploadModel

/// The upload of a stream of unknown length, with at most `parallel` chunks in memory.
struct StreamUpload: Sendable {
    let client: UploadClient
    let options: PutOptions
    let meter: ProgressMeter

    private static let chunkSizeDefault: UInt64 = 8 << 20

    /// A completed step: a chunk was read, or one was sent.
    private enum Step: Sendable {
        case read(ByteBuffer, StreamReader)
        case sent(ChunkSender.Outcome)
    }

    func run(_ reader: StreamReader) async throws -> FinishedDocument {
        let request = NewUploadDocument(
            capsule: options.capsule, name: options.name ?? reader.name, type: options.type,
            chunkSize: client.passableChunks.clamped(options.chunkSize ?? Self.chunkSizeDefault),
            derive: options.derive, companions: options.companionDocuments)
        let upload = try await client.begin(request, key: client.newKey())
        guard let chunkSize = upload.chunkSize.flatMap(Int.init(exactly:)), chunkSize > 0 else {
            throw ClientError.badAnswer("has no chunk size that fits into memory")
        }
        meter.begin(upload: upload.id, done: 0, total: nil)
        do {
            let sender = ChunkSender(client: client, upload: upload.id, meter: meter)
            let reader = try await sendChunks(reader, size: chunkSize, sender)
            let finish = FinishDocument(sha256: reader.digest.hex, length: reader.length)
            return try await client.finish(upload.id, finish)
        } catch {
            await discard(upload.id)
            throw error
        }
    }

    /// Aborts an upload that cannot be resumed, since the stream's bytes are lost. Tried once, in a task of its own so
    /// that cancellation does not prevent it; if it fails, the upload expires.
    private func discard(_ upload: String) async {
        let request = TransportRequest(.delete, NativePath.upload(upload))
        await Task { [transport = client.transport] in _ = try? await transport.send(request) }.value
    }

    /// Reads and sends concurrently. Returns the reader with the final length and digest.
    private func sendChunks(
        _ reader: StreamReader, size: Int, _ sender: ChunkSender
    ) async throws -> StreamReader {
        try await withThrowingTaskGroup(of: Step.self) { group in
            var reader = reader
            var index: UInt64 = 0
            var inMemory = 0
            var isReading = false
            var isAtEnd = false
            while true {
                if !isReading, !isAtEnd, inMemory < max(1, options.parallel) {
                    isReading = true
                    inMemory += 1
                    group.addTask { [reader] in
                        var reader = reader
                        let chunk = try await reader.next(size)
                        return .read(chunk, reader)
                    }
                }
                guard let step = try await group.next() else { return reader }
                switch step {
                case .read(let chunk, let advanced):
                    reader = advanced
                    isReading = false
                    isAtEnd = chunk.readableBytes < size
                    guard chunk.readableBytes > 0 else {
                        inMemory -= 1
                        continue
                    }
                    group.addTask { [index] in .sent(try await send(chunk, index, sender)) }
                    index += 1
                case .sent(.acknowledged): inMemory -= 1
                // Bytes that were read cannot be read again in other chunks.
                case .sent(.refused(_, .shrinkChunks)): throw ClientError.refusedChunk(of: UInt64(size))
                case .sent(.refused(let error, _)): throw error
                case .sent(.committed):
                    throw ClientError.badAnswer("reports a commit before the upload was finished")
                }
            }
        }
    }

    private func send(_ chunk: ByteBuffer, _ index: UInt64, _ sender: ChunkSender) async throws -> ChunkSender.Outcome {
        let digest = await client.pool.run { chunk.withUnsafeReadableBytes { Digest(of: $0) } }
        return try await sender.send(index, length: UInt64(chunk.readableBytes), digest: digest) {
            .bytes(chunk)
        } recheck: {
        }
    }
}
