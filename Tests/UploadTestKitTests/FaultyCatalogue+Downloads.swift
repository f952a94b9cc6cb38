import SessionCore
import UploadCore
import UploadTestKit

extension FaultyCatalogue {
    func createDownload(
        _ grant: DownloadGrant, key: Digest, lifetimeMilliseconds: Int64, callerMax: UInt64, totalMax: UInt64,
        at now: Timestamp
    ) async throws(UploadError) {
        if mistake == .forgetsDownloads { return }
        try await model.createDownload(
            grant, key: key,
            lifetimeMilliseconds: mistake == .keepsExpiredDownloads ? .max / 2 : lifetimeMilliseconds,
            callerMax: mistake == .keepsOldestDownloads ? .max : callerMax,
            totalMax: mistake == .ignoresDownloadsMax ? .max : totalMax, at: now)
    }

    func download(_ key: Digest, at now: Timestamp) async throws(UploadError) -> DownloadGrant? {
        try await model.download(key, at: now)
    }

    func endDownload(_ key: Digest, at now: Timestamp) async throws(UploadError) -> Bool {
        guard mistake == .keepsEndedDownloads else { return try await model.endDownload(key, at: now) }
        return try await model.download(key, at: now) != nil
    }
}
