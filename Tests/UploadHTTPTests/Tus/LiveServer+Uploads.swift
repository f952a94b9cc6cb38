import SessionCore
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

extension LiveServer {
    /// What a finished upload has become.
    ///
    /// - Parameter path: Of the upload; its last segment is the id.
    func bytes(
        _ path: String, by caller: Principal = LocalAuthenticator.caller.principal,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [UInt8] {
        let id = try #require(SessionId(text: path.suffix(32)), sourceLocation: sourceLocation)
        var reader = try await store.uploads.read(BlobId(id), by: caller)
        var bytes: [UInt8] = []
        while let piece = try await reader.next() { bytes += piece }
        return bytes
    }

    func sessionCount() async throws -> UInt64 {
        try await store.uploads.sessions.totalSessionCount()
    }

    func pendingCount() async throws -> UInt64 {
        try await store.uploads.maintenance.countByStatus().pending
    }

    /// Lets so much time pass that every upload which nobody uses expires.
    func expireAll() async throws {
        let limits = store.uploads.limits
        store.clock.advance(milliseconds: limits.timeToLiveMilliseconds + limits.expiryGraceMilliseconds + 1)
        _ = try await store.uploads.maintenance.expire()
    }

    func expiredCount() async throws -> UInt64 {
        try await store.uploads.maintenance.countByStatus().expired
    }

    func blobCount() async throws -> UInt64 {
        try await store.uploads.countBlobs()
    }
}
