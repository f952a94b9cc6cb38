import HTTPTypes
import HummingbirdCore
import NIOPosix
import NativeWire
import UploadCore

extension NativeAPI {
    func createMemory(_ call: AuthenticatedRequest) async throws -> Response {
        let capsule = try await capsuleId(call)
        let includesInline = try MemoryQuery.includesInline(call.query("include"))
        let key = try call.idempotencyKey()
        // Who may not write here is told before the body is asked for.
        try await uploads.capsule(capsule, by: call.principal).require(.writer, of: call.principal)
        let body = try await memoryDocument(NewMemoryDocument.self, call)
        do {
            let memory = try await uploads.createMemory(
                in: capsule, body.details, assets: try body.drafts(), key: key, by: call.principal)
            return try .json(
                MemoryDocument(memory, includesInline: includesInline), status: .created,
                location: NativePath.memory(memory.id.text))
        } catch let error as UploadError where error.code == .notFound {
            throw try await problem(error, with: body, in: capsule, call)
        }
    }

    func listMemories(_ call: AuthenticatedRequest) async throws -> Response {
        let capsule = try await capsuleId(call)
        var query = try MemoryQuery { call.query($0) }
        query.limit = min(query.limit, uploads.limits.pageMax)
        var page = MemoryPage(query)
        var isLast = false
        while page.wanted > 0, !isLast {
            let wanted = page.wanted
            let batch = try await uploads.memories(
                in: capsule, after: page.cursor, order: query.order.order, limit: wanted, by: call.principal)
            isLast = page.add(batch) && batch.count < wanted
        }
        return try .json(
            MemoryListDocument(memories: page.memories, next: isLast ? nil : page.memories.last?.id))
    }

    func getMemory(_ call: AuthenticatedRequest) async throws -> Response {
        let includesInline = try MemoryQuery.includesInline(call.query("include"))
        let memory = try await uploads.memory(try call.memoryId(), by: call.principal)
        return try .json(MemoryDocument(memory, includesInline: includesInline))
    }

    func updateMemory(_ call: AuthenticatedRequest) async throws -> Response {
        let id = try call.memoryId()
        let patch = try await call.document(MemoryPatchDocument.self)
        let memory = try await uploads.updateMemory(id, by: call.principal) { patch.apply(to: &$0) }
        return try .json(MemoryDocument(memory))
    }

    func deleteMemory(_ call: AuthenticatedRequest) async throws -> Response {
        let withBlobs = try call.deletes("assets")
        try await uploads.deleteMemory(try call.memoryId(), withBlobs: withBlobs, by: call.principal)
        return .noContent
    }

    // MARK: -

    /// A document that may have inline assets. A large one is nothing for an event loop to read.
    func memoryDocument<Document: Decodable & Sendable>(_ type: Document.Type, _ call: AuthenticatedRequest)
        async throws -> Document
    {
        let bytes = try await call.body(atMost: limits.memoryDocumentBytesMax)
        guard bytes.count > limits.documentBytesMax else { return try NativeJSON.decode(type, from: bytes) }
        return try await NIOThreadPool.singleton.runIfActive { try NativeJSON.decode(type, from: bytes) }
    }

    /// A refusal because a blob is not there, with the field that names it.
    private func problem(
        _ error: UploadError, with body: NewMemoryDocument, in capsule: CapsuleId, _ call: AuthenticatedRequest
    ) async throws -> Problem {
        var problem = Problem(error)
        for (index, asset) in (body.assets ?? []).enumerated() {
            guard let id = BlobId(text: asset.blob) else { continue }
            do throws(UploadError) {
                if try await uploads.blob(id, by: call.principal).capsule == capsule { continue }
            } catch {
                guard error.code == .notFound else { throw error }
            }
            problem.document.argument = NewMemoryDocument.blobField(ofAsset: index)
            break
        }
        return problem
    }
}
