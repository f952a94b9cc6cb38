public import SessionCore
public import UploadCore

// MARK: - Blobs

extension ModelCatalogue {
    public func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)? {
        read { $0.blob(id) }
    }

    public func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        read { $0.uploads[id]?.storedBytes(range) ?? [] }
    }

    public func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try transact { state throws(UploadError) in try state.deleteBlob(id, at: now, checkAccess: checkAccess) }
    }

    public func countBlobs() async throws(UploadError) -> UInt64 {
        read { state in UInt64(state.uploads.values.count { $0.isBlob }) }
    }

    public func garbage(limit: Int) async throws(UploadError) -> [ObjectKey] {
        read { Array($0.garbage.prefix(max(0, limit))) }
    }

    public func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        try transact { state in state.forgetGarbage(keys) }
    }
}

// MARK: - Upkeep

extension ModelCatalogue {
    public func problems() async throws(UploadError) -> [String] {
        read { $0.problems() }
    }

    public func forgetPieces(of id: SessionId, past size: UInt64) async throws(UploadError) {
        try transact { state in state.forgetPieces(of: id, past: size) }
    }

    /// Does nothing: there is no file to close.
    public func close() async {}
}
