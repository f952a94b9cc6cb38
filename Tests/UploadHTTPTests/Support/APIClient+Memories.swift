import NativeWire

extension APIClient {
    func makeMemory(
        _ document: NewMemoryDocument, in capsule: String = NativePath.defaultCapsule, key: String? = nil
    ) async throws -> MemoryDocument {
        let json = String(decoding: try NativeJSON.encode(document), as: UTF8.self)
        return try await call("POST", NativePath.memories(in: capsule), key: key, json: json)
            .document(MemoryDocument.self)
    }

    func memory(_ id: String) async throws -> MemoryDocument {
        try await call("GET", NativePath.memory(id)).document(MemoryDocument.self)
    }

    func memories(
        in capsule: String = NativePath.defaultCapsule, includesInline: Bool = false, cursor: String? = nil
    ) async throws -> MemoryListDocument {
        let path = NativePath.memories(in: capsule, includesInline: includesInline, cursor: cursor)
        return try await call("GET", path).document(MemoryListDocument.self)
    }

    /// - Parameter asset: Its id or its kind.
    func bytes(ofAsset asset: String, of memory: String) async throws -> [UInt8] {
        try await call("GET", NativePath.asset(asset, of: memory)).body
    }

    /// The status of a call, whatever it is.
    func status(
        _ method: String, _ path: String, json: (any Encodable)? = nil, key: String? = nil
    ) async throws -> Int {
        let text = try json.map { String(decoding: try NativeJSON.encode($0), as: UTF8.self) }
        do {
            return try await call(method, path, key: key, json: text).status
        } catch let refused as Refused {
            return refused.status
        }
    }
}
