import HTTPTypes
public import NativeWire

extension UploadClient {
    /// Makes a memory of committed blobs and of inline assets, in one step: it exists with all of them or not at all.
    ///
    /// - Parameters:
    ///   - capsule: The caller's default capsule where none is named.
    ///   - key: The same key with the same memory makes no second one; a new key where none is given, so that a call that
    ///     is repeated after a lost answer is safe in any case. Printable ASCII.
    ///   - includesInline: Whether inline assets come back with their bytes.
    /// - Throws: `ClientError`: `not_found` (capsule, or a blob of it: `problem.argument` says which), `forbidden`,
    ///   `invalid_argument`, `too_large`, `idempotency_conflict`, and as every call.
    public func createMemory(
        _ memory: NewMemoryDocument, in capsule: String? = nil, key: String? = nil, includesInline: Bool = false
    ) async throws -> MemoryDocument {
        let path = NativePath.memories(in: capsule ?? NativePath.defaultCapsule, includesInline: includesInline)
        return try await document(MemoryDocument.self, request(.post, path, memory, key: key ?? newKey()))
    }

    /// - Parameter includesInline: Whether inline assets come with their bytes.
    /// - Throws: `ClientError` `not_found`, and as every call.
    public func memory(_ id: String, includesInline: Bool = false) async throws -> MemoryDocument {
        let path = NativePath.memory(id, includesInline: includesInline)
        return try await document(MemoryDocument.self, TransportRequest(.get, path))
    }

    /// The memories of a capsule, asked for page by page as they are needed.
    ///
    /// - Parameters:
    ///   - capsule: The caller's default capsule where none is named.
    ///   - includesInline: Whether inline assets come with their bytes.
    public func memories(
        in capsule: String? = nil, order: MemoryQuery.Order = .oldest, includesInline: Bool = false
    ) -> MemorySequence {
        MemorySequence(
            client: self, capsule: capsule ?? NativePath.defaultCapsule, order: order, includesInline: includesInline)
    }

    /// Changes what is said about a memory.
    ///
    /// - Throws: `ClientError` `not_found`, `forbidden`, `too_large`, and as every call.
    public func updateMemory(_ id: String, _ patch: MemoryPatchDocument) async throws -> MemoryDocument {
        try await document(MemoryDocument.self, self.patch(NativePath.memory(id), patch))
    }

    /// Deletes a memory.
    ///
    /// - Parameter withBlobs: Whether those of its blobs go too that no other memory uses.
    /// - Throws: `ClientError` `not_found`, `forbidden`, and as every call.
    public func deleteMemory(_ id: String, withBlobs: Bool = false) async throws {
        try await delete(NativePath.deletion(ofMemory: id, withBlobs: withBlobs))
    }

    /// - Throws: `ClientError`: as `createMemory`. An asset whose answer was lost on the way may have been added all the same, and
    ///   is then added twice.
    public func addAsset(_ asset: AddedAssetDocument, to memory: String) async throws -> MemoryDocument {
        try await document(MemoryDocument.self, request(.post, NativePath.assets(of: memory), asset))
    }

    /// Takes an asset out of a memory.
    ///
    /// - Parameters:
    ///   - id: Its id and not its kind, which another asset may have too.
    ///   - freeingBlob: Whether its blob goes too, if no other asset uses it.
    /// - Throws: `ClientError` `not_found`, `forbidden`, and as every call.
    public func removeAsset(_ id: String, from memory: String, freeingBlob: Bool = false) async throws {
        try await delete(NativePath.removal(ofAsset: id, of: memory, freeingBlob: freeingBlob))
    }
}
