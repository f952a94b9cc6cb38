import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore

/// What operators see: everybody's sessions.
extension NativeAPI {
    func listSessions(_ call: AuthenticatedRequest) async throws -> Response {
        let page = try call.page(max: uploads.limits.pageMax)
        let records = try await uploads.sessions.listAllSessions(
            state: page.state, after: page.cursor, limit: page.limit)
        return try await list(records, page.limit)
    }

    func getSessionStats(_ call: AuthenticatedRequest) async throws -> Response {
        let counts = try await uploads.sessions.sessionCountByStatus()
        return try .json(SessionStatsDocument(counts, blobs: try await uploads.countBlobs()))
    }

    func cleanUpExpired(_ call: AuthenticatedRequest) async throws -> Response {
        let expired = try await uploads.sessions.cleanupExpiredSessions()
        metrics.swept(expired: expired.count)
        return try .json(CleanupDocument(expired: expired.map(\.text)))
    }
}
