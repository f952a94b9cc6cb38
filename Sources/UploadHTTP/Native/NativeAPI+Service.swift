import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore

/// The state of the server and the sessions of all callers, for operators and load balancers.
extension NativeAPI {
    func getUploadConfig(_ request: AuthenticatedRequest) async throws -> Response {
        var usage: UsageDocument?
        // Clients need the settings even while the catalogue cannot be read.
        if request.isAuthenticated, request.principal.link == nil,
            let used = try? await uploads.usage(of: request.principal)
        {
            usage = UsageDocument(used, of: request.principal, quotas: uploads.limits.quotas)
        }
        return try .json(
            UploadConfigDocument(
                uploads.limits, protocols: uploadNames, isDeriving: isDeriving, publicOrigin: publicOrigin, usage: usage
            ))
    }

    func getMetrics(_ request: AuthenticatedRequest) async throws -> Response {
        guard let prometheus else { throw RequestFailure.notFound }
        metrics.recordUploads(try await uploads.maintenance.countByStatus())
        metrics.recordUsage(try await uploads.maintenance.totalUsage())
        return .text(prometheus.text(), contentType: PrometheusMetrics.contentType)
    }

    /// Succeeds if the store takes new uploads, for load balancers.
    func getReadiness(_ request: AuthenticatedRequest) async throws -> Response {
        if let failure = await uploads.maintenance.failure() { throw failure }
        return .text("ready\n")
    }

    func listSessions(_ request: AuthenticatedRequest) async throws -> Response {
        let page = try request.page(max: uploads.limits.pageMax)
        let listed = try await uploads.maintenance.uploads(
            state: page.state, after: page.cursor, limit: page.limit)
        return try list(listed, page.limit)
    }

    func getSessionStats(_ request: AuthenticatedRequest) async throws -> Response {
        let counts = try await uploads.maintenance.countByStatus()
        return try .json(SessionStatsDocument(counts, blobs: try await uploads.countBlobs()))
    }

    func listUsage(_ request: AuthenticatedRequest) async throws -> Response {
        let query = try UsageQuery { request.query($0) }
        let limit = min(query.limit, uploads.limits.pageMax)
        let page = try await uploads.maintenance.usages(after: query.cursor, limit: limit)
        let documents = page.map { UsageDocument($0.usage, of: $0.principal, quotas: uploads.limits.quotas) }
        return try .json(
            UsageListDocument(usage: documents, next: page.count == limit ? page.last?.principal.name : nil))
    }

    func cleanUpExpired(_ request: AuthenticatedRequest) async throws -> Response {
        let expired = try await uploads.maintenance.expire()
        metrics.swept(expired: expired.count)
        for start in stride(from: 0, to: expired.count, by: 100) {
            request.audit.log(.uploadsExpired(Array(expired[start..<min(start + 100, expired.count)])))
        }
        return try .json(CleanupDocument(expired: expired.map(\.text)))
    }
}
