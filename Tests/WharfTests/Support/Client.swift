import DurableFiles
import SessionCore
import UploadCore
import Wharf

/// What a client of a store does, whatever the store stands on.
extension UploadStore {
    static var anna: Principal { Principal("anna") }

    func request(
        _ capsule: CapsuleId, _ layout: BeginRequest.Layout = .chunks(size: 1000), length: UInt64? = nil,
        key: String? = nil, isPartial: Bool = false
    ) -> BeginRequest {
        BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "photo.jpg"), layout: layout, length: length,
            idempotencyKey: key.map { IdempotencyKey(bytes: Array($0.utf8)) }, isPartial: isPartial)
    }

    func begin(
        _ layout: BeginRequest.Layout = .chunks(size: 1000), length: UInt64? = nil, key: String? = nil,
        isPartial: Bool = false
    ) async throws -> SessionId {
        let capsule = try await uploads.defaultCapsule(of: Self.anna)
        let request = request(capsule.id, layout, length: length, key: key, isPartial: isPartial)
        return try await uploads.beginUpload(request, by: Self.anna).record.id
    }

    /// Sends the chunks that are missing.
    func sendMissing(_ id: SessionId, _ bytes: [UInt8]) async throws {
        let session = try await uploads.status(of: id, by: Self.anna).session
        let size = session.spec.chunkSize ?? 1000
        for index in session.pieces.missing(below: session.spec.chunkCount ?? 0).flatMap({ $0 }) {
            let start = Int(index * size)
            let chunk = bytes[start..<min(start + Int(size), bytes.count)]
            try await uploads.putChunk(id, index: index, chunk, by: Self.anna)
        }
    }

    /// A committed upload in a file of its own.
    func committed(_ bytes: [UInt8], isPartial: Bool = false) async throws -> SessionId {
        let id = try await begin(length: UInt64(bytes.count), isPartial: isPartial)
        try await sendMissing(id, bytes)
        _ = try await uploads.commit(id, digest: Digest(of: bytes), by: Self.anna)
        return id
    }

    /// A pending upload of which all chunks are durable.
    func pending(_ bytes: [UInt8]) async throws -> SessionId {
        let id = try await begin(length: UInt64(bytes.count))
        try await sendMissing(id, bytes)
        return id
    }

    func read(_ id: SessionId) async throws -> [UInt8] {
        var reader = try await uploads.read(BlobId(id), by: Self.anna)
        return try await reader.readAll()
    }

    func record(_ id: SessionId) async throws -> UploadRecord {
        try await uploads.sessions.get(id)
    }
}

/// Bytes that differ from place to place.
func content(_ count: Int, from start: Int = 0) -> [UInt8] {
    (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8 ^ $0 >> 16) }
}

/// The code with which something ends; nil if it succeeds.
func outcome(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void
) async -> UploadError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? UploadError)?.code ?? .unavailable
    }
}
