import SessionCore
import UploadCore
import Wharf

/// Uploads that are written through the engine, each with so many chunks in flight.
final class EngineWriting {
    typealias Put = @Sendable (EmbeddedStore, SessionId, UInt64, Client) async throws -> Void

    private let scratch: Scratch
    private let store: EmbeddedStore
    private let client: Client
    private let uploadCount: Int
    private let inFlight: Int
    private let turn: Turn
    private let put: Put
    private var ids: [SessionId] = []
    private var turns = 0

    init(
        _ scratch: Scratch, _ store: EmbeddedStore, _ client: Client, uploads: Int, inFlight: Int, _ turn: Turn,
        _ put: @escaping Put
    ) {
        self.scratch = scratch
        self.store = store
        self.client = client
        uploadCount = uploads
        self.inFlight = inFlight
        self.turn = turn
        self.put = put
    }

    /// The cost of the last turn holds that of the commit.
    func next() async throws -> Cost {
        if ids.isEmpty { try await begin() }
        let (store, client, inFlight, ids, put) = (store, client, inFlight, ids, put)
        let count = turn.chunks / uploadCount
        let first = turns * count
        turns += 1
        let isLast = turns == turn.count
        let cost = try await Cost.of {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids {
                    group.addTask {
                        try await Callers.call(inFlight, items: count) { index in
                            try await put(store, id, UInt64(first + index), client)
                        }
                        if isLast { _ = try await store.uploads.commit(id, by: client.caller) }
                    }
                }
                try await group.waitForAll()
            }
            return 1
        }
        if isLast { try await end() }
        return cost
    }

    private func begin() async throws {
        let chunkBytes = ChunkWrites.chunkBytes
        let length = turn.chunks * turn.count / uploadCount * chunkBytes
        let request = client.request(.chunks(size: UInt64(chunkBytes)), length: UInt64(length))
        for _ in 0..<uploadCount {
            ids.append(try await store.uploads.beginUpload(request, by: client.caller).record.id)
        }
    }

    private func end() async throws {
        for id in ids { try await store.uploads.deleteBlob(BlobId(id), by: client.caller) }
        ids = []
        turns = 0
        scratch.settle()
    }
}
