import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import UploadCore
import UploadMemories
import UploadTransfer

/// Memories and their assets.
extension NativeAPI {
    func createMemory(_ request: AuthenticatedRequest) async throws -> Response {
        let capsule = try await capsuleId(request)
        let includesInline = try MemoryQuery.includesInline(request.query("include"))
        let key = try request.idempotencyKey()
        // Checks write access before reading the body.
        try await uploads.capsule(capsule, by: request.principal).require(.writer, of: request.principal)
        let body = try await request.largeDocument(NewMemoryDocument.self)
        do {
            let (memory, isNew) = try await uploads.createOrFindMemory(
                in: capsule, body.details, assets: try body.drafts(), remark: try body.remark(), key: key,
                by: request.principal)
            return try .json(
                MemoryDocument(memory, includesInline: includesInline), status: isNew ? .created : .ok,
                location: NativePath.memory(memory.id.text))
        } catch let error as UploadError where error.code == .notFound {
            throw try await failure(error, with: body, in: capsule, request)
        }
    }

    func listMemories(_ request: AuthenticatedRequest) async throws -> Response {
        let capsule = try await capsuleId(request)
        var query = try MemoryQuery { request.query($0) }
        query.limit = min(query.limit, uploads.limits.pageMax)
        var page = MemoryPage(query)
        var isLast = false
        while page.wanted > 0, !isLast {
            let wanted = page.wanted
            let batch = try await uploads.memories(
                in: capsule, after: page.cursor, order: query.order.order, limit: wanted, by: request.principal)
            isLast = page.add(batch) && batch.count < wanted
        }
        return try .json(
            MemoryListDocument(memories: page.memories, next: isLast ? nil : page.next))
    }

    func getMemory(_ request: AuthenticatedRequest) async throws -> Response {
        let includesInline = try MemoryQuery.includesInline(request.query("include"))
        let memory = try await uploads.memory(try request.memoryId(), by: request.principal)
        return try .json(MemoryDocument(memory, includesInline: includesInline))
    }

    func updateMemory(_ request: AuthenticatedRequest) async throws -> Response {
        let id = try request.memoryId()
        let patch = try await request.document(MemoryPatchDocument.self)
        let memory = try await uploads.updateMemory(id, by: request.principal) { patch.apply(to: &$0) }
        return try .json(MemoryDocument(memory))
    }

    func deleteMemory(_ request: AuthenticatedRequest) async throws -> Response {
        let withBlobs = try request.deletes("assets")
        let id = try request.memoryId()
        let blobs = withBlobs ? try await uploads.memory(id, by: request.principal).assets.compactMap(\.blob) : []
        try await uploads.deleteMemory(id, withBlobs: withBlobs, by: request.principal)
        request.audit.log(.memoryDeleted(id, blobs: blobs))
        return .noContent
    }

    /// Adds the field of the missing blob to a `not_found` failure.
    private func failure(
        _ error: UploadError, with body: NewMemoryDocument, in capsule: CapsuleId, _ request: AuthenticatedRequest
    ) async throws -> RequestFailure {
        var failure = RequestFailure(error)
        for (index, asset) in (body.assets ?? []).enumerated() {
            guard let id = BlobId(text: asset.blob) else { continue }
            do throws(UploadError) {
                if try await uploads.summary(of: id, by: request.principal).capsule == capsule { continue }
            } catch {
                guard error.code == .notFound else { throw error }
            }
            failure.details.append(.init("argument", .text(NewMemoryDocument.blobField(ofAsset: index))))
            break
        }
        return failure
    }
}

// MARK: - Assets

extension NativeAPI {
    func addAsset(_ request: AuthenticatedRequest) async throws -> Response {
        let id = try request.memoryId()
        let key = try request.idempotencyKey()
        // Checks write access before reading the body.
        let capsule = try await uploads.memory(id, by: request.principal).capsule
        try await uploads.capsule(capsule, by: request.principal).require(.writer, of: request.principal)
        let asset = try await request.largeDocument(AddedAssetDocument.self).draft()
        let (memory, isNew) = try await uploads.addOrFindAsset(asset, to: id, key: key, by: request.principal)
        return try .json(
            MemoryDocument(memory), status: isNew ? .created : .ok, location: NativePath.memory(memory.id.text))
    }

    /// The bytes of a blob asset or an inline one, with ranges and conditions.
    func getAsset(_ request: AuthenticatedRequest) async throws -> Response {
        let memory = try await uploads.memory(try request.memoryId(), by: request.principal)
        let asset = try asset(of: memory, request)
        switch asset.content {
        case .blob(let id): return try await downloads.respond(with: id, to: request)
        case .inline(let bytes):
            return try await downloads.respond(
                with: transfer.inlineDownload(bytes), as: Representation(of: asset, in: memory), to: request)
        }
    }

    func removeAsset(_ request: AuthenticatedRequest) async throws -> Response {
        let withBlob = try request.deletes("blob")
        let memory = try await uploads.memory(try request.memoryId(), by: request.principal)
        let asset = try asset(of: memory, request)
        _ = try await uploads.removeAsset(asset.id, from: memory.id, withBlob: withBlob, by: request.principal)
        request.audit.log(
            .assetDeleted(asset.id, memory.id, blobs: withBlob ? [asset.blob].compactMap(\.self) : []))
        return .noContent
    }

    /// The asset in the path: by its id, or the first of its kind.
    private func asset(of memory: Memory, _ request: AuthenticatedRequest) throws(UploadError) -> Asset {
        let name = NativePath.decode(request.parameter("asset") ?? "")
        let asset =
            memory.assets.first { $0.id.text == name } ?? memory.assets.first { $0.kind.name == name }
        guard let asset else { throw UploadError(.notFound(.asset)) }
        return asset
    }
}
