import HTTPTypes
import HTTPWire
import NativeWire
import SessionCore
import UploadClient
import UploadCore
import UploadMemories

/// A memory on the server.
struct ServerMemory: Sendable {
    var document: MemoryDocument
    var key: String?
    /// The bytes of its assets, by their ids.
    var bytes: [String: [UInt8]]
}

/// The endpoints of memories.
extension TestServer {
    /// The size of every page; the requested limit is ignored.
    static let memoriesPage = 2

    func answer(
        memories call: Call, _ parts: [String], _ request: TransportRequest, _ body: [UInt8], _ state: inout State
    ) throws(UploadError) -> TransportResponse {
        switch (call.method, parts.dropFirst().first, parts.count) {
        case (.post, "capsules", 4): return try make(in: parts[2], request, body, &state)
        case (.get, "capsules", 4): return Self.response(.ok, page(of: parts[2], request.path, state))
        case (.get, "memories", 3): return Self.response(.ok, try memory(parts[2], state).document)
        case (.patch, "memories", 3): return try patch(parts[2], body, &state)
        case (.delete, "memories", 3):
            let id = try memory(parts[2], state).document.id
            state.memories.removeAll { $0.document.id == id }
            return Self.response(.noContent)
        case (.get, "memories", 5):
            guard let bytes = try memory(parts[2], state).bytes[parts[4]] else { throw UploadError(.notFound(.asset)) }
            return try read(bytes, request.fields)
        default: return Self.response(.notImplemented)
        }
    }

    private func memory(_ id: String, _ state: State) throws(UploadError) -> ServerMemory {
        guard let memory = state.memories.first(where: { $0.document.id == id }) else {
            throw UploadError(.notFound(.memory))
        }
        return memory
    }

    private func make(
        in capsule: String, _ request: TransportRequest, _ body: [UInt8], _ state: inout State
    ) throws(UploadError) -> TransportResponse {
        let new = try NativeJSON.decode(NewMemoryDocument.self, from: body)
        let key = request.fields[.idempotencyKey]
        if let key, let found = state.memories.first(where: { $0.key == key }) {
            return Self.response(.ok, found.document)
        }
        var bytes: [String: [UInt8]] = [:]
        let assets = (new.inlineAssets ?? []).enumerated().map { index, asset in
            bytes["asset-\(index)"] = asset.data.bytes
            return AssetDocument(
                id: "asset-\(index)", kind: asset.kind, type: asset.type, size: UInt64(asset.data.bytes.count),
                width: nil, height: nil, sha256: Digest(of: asset.data.bytes).hex, inline: true)
        }
        let document = MemoryDocument(
            id: "memory-\(state.memories.count + 1)", capsule: capsule, creator: "local", title: new.title ?? "",
            description: new.description ?? "", tags: new.tags ?? [], type: new.type ?? "", takenAt: new.takenAt,
            createdAt: WireTime(Timestamp(milliseconds: 0)), state: .complete, reason: nil, thumbhash: new.thumbhash,
            assets: assets)
        state.memories.append(ServerMemory(document: document, key: key, bytes: bytes))
        return Self.response(.created, document)
    }

    /// The cursor is the id of the last memory of the previous page.
    private func page(of capsule: String, _ path: String, _ state: State) -> MemoryListDocument {
        var all = state.memories.map(\.document).filter { $0.capsule == capsule }
        if path.contains("order=newest") { all.reverse() }
        let cursor = path.split(separator: "cursor=").dropFirst().first.map { $0.prefix { $0 != "&" } }
        let rest = cursor.map { cursor in all.drop { $0.id != cursor }.dropFirst() } ?? all[...]
        let page = Array(rest.prefix(Self.memoriesPage))
        return MemoryListDocument(memories: page, next: page.count == Self.memoriesPage ? page.last?.id : nil)
    }

    private func patch(_ id: String, _ body: [UInt8], _ state: inout State) throws(UploadError) -> TransportResponse {
        var memory = try memory(id, state)
        let patch = try NativeJSON.decode(MemoryPatchDocument.self, from: body)
        var details = MemoryDetails(title: memory.document.title, tags: memory.document.tags)
        patch.apply(to: &details)
        (memory.document.title, memory.document.tags) = (details.title, details.tags)
        state.memories = state.memories.map { $0.document.id == id ? memory : $0 }
        return Self.response(.ok, memory.document)
    }
}
