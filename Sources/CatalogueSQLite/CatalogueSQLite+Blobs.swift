public import SessionCore
public import UploadCore

// MARK: - Blobs

extension CatalogueSQLite {
    public func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)? {
        try await read { tables throws(UploadError) in try tables.blob(id) }
    }

    public func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        try await read { tables throws(UploadError) in try tables.catalogueBytes(id, range) }
    }

    public func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await write { tables throws(UploadError) in try tables.deleteBlob(id, at: now, checkAccess: checkAccess) }
    }

    public func countBlobs() async throws(UploadError) -> UInt64 {
        try await read { tables throws(UploadError) in try tables.countBlobs() }
    }

    public func garbage(limit: Int) async throws(UploadError) -> [ObjectKey] {
        try await read { tables throws(UploadError) in try tables.garbage(limit: limit) }
    }

    public func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        try await write { tables throws(UploadError) in try tables.forgetGarbage(keys) }
    }
}

// MARK: - Upkeep

extension CatalogueSQLite {
    public func problems() async throws(UploadError) -> [String] {
        try await read { tables throws(UploadError) in try tables.problems() }
    }

    public func forgetPieces(of id: SessionId, past size: UInt64) async throws(UploadError) {
        try await write { tables throws(UploadError) in try tables.forgetPieces(of: id, past: size) }
    }
}
