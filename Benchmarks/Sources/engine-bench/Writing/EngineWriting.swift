import Measuring
import SessionCore
import UploadCore
import Wharf

/// Large uploads, written through the engine and committed.
struct EngineWriting {
    typealias Put = @Sendable (EmbeddedStore, SessionId, UInt64, Client) async throws -> Void

    let scratch: Scratch
    let store: EmbeddedStore
    let client: Client
    let uploads: Int
    /// The number of chunks of one upload that are written at once.
    let inFlight: Int
    /// The total over all uploads.
    let chunks: Int
    let put: Put

    /// The cost from the first chunk to the commit, which includes hashing the bytes that the hash has not reached yet.
    func run() async throws -> Cost {
        let count = chunks / uploads
        let ids = try await begin(count)
        let cost = try await Cost.of {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids {
                    group.addTask {
                        try await Callers.call(inFlight, items: count) { index in
                            try await put(store, id, UInt64(index), client)
                        }
                        _ = try await store.uploads.commit(id, by: client.caller)
                    }
                }
                try await group.waitForAll()
            }
            return 1
        }
        for id in ids { try await store.uploads.deleteBlob(BlobId(id), by: client.caller) }
        scratch.settle()
        return cost
    }

    private func begin(_ count: Int) async throws -> [SessionId] {
        let chunkBytes = ChunkWrites.chunkBytes
        let request = client.request(.chunks(size: UInt64(chunkBytes)), length: UInt64(count * chunkBytes))
        var ids: [SessionId] = []
        for _ in 0..<uploads { ids.append(try await store.uploads.beginUpload(request, by: client.caller).record.id) }
        return ids
    }
}
