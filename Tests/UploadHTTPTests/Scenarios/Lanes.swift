import NativeWire
import UploadTestKit

extension APIClient {
    /// Sends all chunks of an upload in a random order, so many at a time.
    func putChunks(
        of upload: String, _ bytes: [UInt8], chunkSize: Int, lanes: Int, seed: UInt64
    ) async throws {
        var random = SeededRandom(seed: seed)
        var rest = Array(bytes.chunked(by: chunkSize).enumerated())
        for last in stride(from: rest.count - 1, to: 0, by: -1) { rest.swapAt(last, random.below(last + 1)) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (count, chunk) in rest.enumerated() {
                if count >= lanes { try await tasks.next() }
                tasks.addTask { try await putChunk(chunk.offset, of: upload, chunk.element) }
            }
            try await tasks.waitForAll()
        }
    }
}
