import HTTPTypes
public import NativeWire

extension UploadClient {
    /// Creates a memory of committed blobs and inline assets, atomically.
    ///
    /// - Parameters:
    ///   - capsule: nil: the caller's default capsule.
    ///   - key: The idempotency key, printable ASCII; nil: a new one, which makes the retries of this call idempotent.
    ///   - includesInline: Whether the result contains the bytes of inline assets.
    /// - Throws: `ClientError`: `not_found` (capsule, or a blob of it: `problem.argument` says which), `forbidden`,
    ///   `invalid_argument`, `too_large`, `idempotency_conflict`, and as every call.
    public func createMemory(
        _ memory: NewMemoryDocument, in capsule: String? = nil, key: String? = nil, includesInline: Bool = false
    ) async throws -> MemoryDocument {
        let path = NativePath.memories(in: capsule ?? NativePath.defaultCapsule, includesInline: includesInline)
        return try await document(MemoryDocument.self, request(.post, path, memory, key: key ?? newKey()))
    }

    /// - Parameter includesInline: Whether the result contains the bytes of inline assets.
    /// - Throws: `ClientError` `not_found`, and as every call.
    public func memory(_ id: String, includesInline: Bool = false) async throws -> MemoryDocument {
        let path = NativePath.memory(id, includesInline: includesInline)
        return try await document(MemoryDocument.self, TransportRequest(.get, path))
    }

    /// The memories of a capsule, fetched page by page on demand.
    ///
    /// - Parameters:
    ///   - capsule: nil: the caller's default capsule.
    ///   - includesInline: Whether the results contain the bytes of inline assets.
    public func memories(
        in capsule: String? = nil, order: MemoryQuery.Order = .oldest, includesInline: Bool = false
    ) -> MemorySequence {
        MemorySequence(
            client: self, capsule: capsule ?? NativePath.defaultCapsule, order: order, includesInline: includesInline)
    }

    /// Changes the details of a memory.
    ///
    /// - Throws: `ClientError` `not_found`, `forbidden`, `too_large`, and as every call.
    public func updateMemory(_ id: String, _ patch: MemoryPatchDocument) async throws -> MemoryDocument {
        try await document(MemoryDocument.self, self.patch(NativePath.memory(id), patch))
    }

    /// Deletes a memory.
    ///
    /// - Parameter withBlobs: Also delete its blobs that no other memory uses.
    /// - Throws: `ClientError` `not_found`, `forbidden`, and as every call.
    public func deleteMemory(_ id: String, withBlobs: Bool = false) async throws {
        try await delete(NativePath.deletion(ofMemory: id, withBlobs: withBlobs))
    }

    /// Adds an asset.
    ///
    /// - Parameter key: The idempotency key, printable ASCII; nil: a new one, which makes the retries of this call
    ///   idempotent.
    /// - Throws: `ClientError`: as `createMemory`.
    public func addAsset(
        _ asset: AddedAssetDocument, to memory: String, key: String? = nil
    ) async throws -> MemoryDocument {
        try await document(
            MemoryDocument.self, request(.post, NativePath.assets(of: memory), asset, key: key ?? newKey()))
    }

    /// Removes an asset from a memory.
    ///
    /// - Parameters:
    ///   - id: The asset's id; a kind would be ambiguous.
    ///   - freeingBlob: Also delete its blob if no other asset uses it.
    /// - Throws: `ClientError` `not_found`, `forbidden`, and as every call.
    public func removeAsset(_ id: String, from memory: String, freeingBlob: Bool = false) async throws {
        try await delete(NativePath.removal(ofAsset: id, of: memory, freeingBlob: freeingBlob))
    }
}

/// The memories of a capsule, one page in memory at a time. Each iteration starts from the beginning.
///
/// Memories created or deleted during an iteration may or may not be seen; all others are seen exactly once.
///
/// ```swift
/// for try await memory in client.memories(order: .newest) { show(memory.title) }
/// ```
public struct MemorySequence: AsyncSequence, Sendable {
    public typealias Element = MemoryDocument

    let client: UploadClient
    let capsule: String
    let order: MemoryQuery.Order
    let includesInline: Bool

    public func makeAsyncIterator() -> Iterator { Iterator(sequence: self) }

    /// Fetches the next page after the last memory of the previous one.
    public struct Iterator: AsyncIteratorProtocol {
        private let sequence: MemorySequence
        private var page: ArraySlice<MemoryDocument> = []
        private var cursor: String?
        private var isAtLastPage = false

        fileprivate init(sequence: MemorySequence) {
            self.sequence = sequence
        }

        /// - Throws: `ClientError` `not_found` for the capsule, and as every call; `CancellationError`.
        public mutating func next() async throws -> MemoryDocument? {
            while page.isEmpty, !isAtLastPage {
                let document = try await sequence.page(after: cursor)
                page = document.memories[...]
                cursor = document.next
                isAtLastPage = cursor == nil
            }
            return page.popFirst()
        }
    }

    private func page(after cursor: String?) async throws -> MemoryListDocument {
        let path = NativePath.memories(
            in: capsule, order: order, includesInline: includesInline, cursor: cursor)
        return try await client.document(MemoryListDocument.self, TransportRequest(.get, path))
    }
}
