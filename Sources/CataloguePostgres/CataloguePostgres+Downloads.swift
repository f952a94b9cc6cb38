public import SessionCore
public import UploadCore

extension CataloguePostgres {
    public func createDownload(
        _ grant: DownloadGrant, key: Digest, lifetimeMilliseconds: Int64, callerMax: UInt64, totalMax: UInt64,
        at now: Timestamp
    ) async throws(UploadError) {
        try await write(byteCost: 16 * grant.blobs.count) { queries throws(UploadError) in
            try queries.createDownload(
                grant, key: key, lifetimeMilliseconds: lifetimeMilliseconds, callerMax: callerMax, totalMax: totalMax)
        }
    }

    public func download(_ key: Digest, at now: Timestamp) async throws(UploadError) -> DownloadGrant? {
        try await read { queries throws(UploadError) in try queries.download(key) }
    }

    public func endDownload(_ key: Digest, at now: Timestamp) async throws(UploadError) -> Bool {
        try await write { queries throws(UploadError) in try queries.endDownload(key) }
    }
}
