public import SessionCore
public import UploadCore

extension CatalogueSQLite {
    public func createDownload(
        _ grant: DownloadGrant, key: Digest, lifetimeMilliseconds: Int64, callerMax: UInt64, totalMax: UInt64,
        at now: Timestamp
    ) async throws(UploadError) {
        try await downloads.createDownload(
            grant, key: key, lifetimeMilliseconds: lifetimeMilliseconds, callerMax: callerMax, totalMax: totalMax,
            at: now)
    }

    public func download(_ key: Digest, at now: Timestamp) async throws(UploadError) -> DownloadGrant? {
        try await downloads.download(key, at: now)
    }

    public func endDownload(_ key: Digest, at now: Timestamp) async throws(UploadError) -> Bool {
        try await downloads.endDownload(key, at: now)
    }
}
