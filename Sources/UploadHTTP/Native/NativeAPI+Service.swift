import HTTPTypes
import HummingbirdCore
import NIOCore
import NativeWire
import UploadCore

/// What the server says about itself.
extension NativeAPI {
    func getUploadConfig(_ call: AuthenticatedRequest) throws -> Response {
        try .json(
            UploadConfigDocument(uploads.limits, protocols: ["native", "tus"], isDeriving: isDeriving))
    }

    func getMetrics(_ call: AuthenticatedRequest) async throws -> Response {
        guard metrics.isExposed else { throw Problem.notFound }
        let counts = try await uploads.sessions.sessionCountByStatus()
        return .text(metrics.text(uploads: counts), contentType: ServerMetrics.contentType)
    }

    /// The process lives and answers.
    func getHealth(_ call: AuthenticatedRequest) -> Response { .text("ok\n") }

    /// The store answers: a load balancer may send requests here.
    func getReadiness(_ call: AuthenticatedRequest) async throws -> Response {
        _ = try await uploads.countBlobs()
        return .text("ready\n")
    }

    func getOpenAPI(_ call: AuthenticatedRequest) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: OpenAPI.document)))
    }
}
