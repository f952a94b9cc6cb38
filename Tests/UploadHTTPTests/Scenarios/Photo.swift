import NativeWire

/// A photo and what a client has made of it, as bytes that are the same in every run.
struct Photo: Sendable {
    let number: Int

    private static let chunkSize = 262_144
    private static let sizes = ["original": 3_000_000, "display": 400_000, "thumb": 40_000, "placeholder": 900]

    static let derivatives = ["display", "thumb"]

    var provisionalMemory: String { "photo-\(number)" }

    func bytes(_ kind: String) -> [UInt8] {
        let size = Self.sizes[kind] ?? 0
        return content(size, seed: UInt64(size + number))
    }

    /// Lane A: the original, in chunks of any order.
    func uploadOriginal(_ api: APIClient) async throws -> [NewAssetDocument] {
        [try await upload("original", api)]
    }

    /// Lane B: what was made of it.
    func uploadDerivatives(_ api: APIClient) async throws -> [NewAssetDocument] {
        var assets: [NewAssetDocument] = []
        for kind in Self.derivatives { assets.append(try await upload(kind, api)) }
        return assets
    }

    /// Both lanes at once, and then the memory.
    func uploadWhole(_ api: APIClient, in capsule: String = NativePath.defaultCapsule) async throws -> MemoryDocument {
        async let original = uploadOriginal(api)
        async let derivatives = uploadDerivatives(api)
        return try await makeMemory(try await original + derivatives, api, in: capsule)
    }

    func makeMemory(
        _ assets: [NewAssetDocument], _ api: APIClient, in capsule: String = NativePath.defaultCapsule
    ) async throws -> MemoryDocument {
        let placeholder = NewInlineAssetDocument(
            kind: "placeholder", type: "image/webp", data: WireBytes(bytes("placeholder")), width: 32, height: 24)
        return try await api.makeMemory(
            NewMemoryDocument(
                title: "Photo \(number)", type: "photo", thumbhash: WireBytes([1, 2, 3]), assets: assets,
                inlineAssets: [placeholder]), in: capsule, key: provisionalMemory)
    }

    private func upload(_ kind: String, _ api: APIClient) async throws -> NewAssetDocument {
        let bytes = bytes(kind)
        let upload = try await api.begin(
            NewUploadDocument(
                name: "\(kind)-\(number)", type: kind == "original" ? "image/jpeg" : "image/webp",
                length: UInt64(bytes.count), chunkSize: UInt64(Self.chunkSize),
                provisionalMemoryId: provisionalMemory))
        try await api.putChunks(of: upload.id, bytes, chunkSize: Self.chunkSize, lanes: 2, seed: UInt64(number))
        return NewAssetDocument(kind: kind, blob: try await api.finish(upload.id, expecting: bytes).blob)
    }
}
