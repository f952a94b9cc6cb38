import HTTPTypes
import HummingbirdCore
import NIOCore
import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import UploadHTTP
@testable import UploadTransfer

/// A third protocol beside the others, made of nothing but its own folder.
@Suite(.timeLimit(.minutes(10))) struct ProtocolTests {
    private let uploads: UploadService<ModelCatalogue, ModelBlobStore, ManualClock>
    private let prometheus = PrometheusMetrics()
    private let root: RootResponder

    init() throws {
        var limits = Limits()
        limits.uploadBytesMax = 100_000
        limits.chunkSizeMax = 100_000
        limits.chunkSizeDefault = 100_000
        uploads = try UploadService(
            catalogue: ModelCatalogue(), blobs: ModelBlobStore(), clock: ManualClock(), limits: limits)
        let metrics = ServerMetrics(factory: prometheus)
        let transfer = TransferService(uploads: uploads, files: nil, observer: metrics) { job in job() }
        let protocols = UploadProtocols(
            UploadProtocols(uploads, files: nil, metrics: metrics).all + [ToyProtocol(transfer: transfer)],
            metrics: metrics)
        root = RootResponder(protocols, authenticator: LocalAuthenticator(), logger: .silent)
    }

    private struct Answer {
        let response: Response
        let body: String
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields = [:], body: [UInt8] = []
    ) async throws -> Answer {
        var fields = fields
        fields[.contentLength] = String(body.count)
        let head = HTTPRequest(method: method, scheme: "http", authority: "a", path: path, headerFields: fields)
        let response = await root.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body))), DetachedRequestChannel())
        let collector = CollectedBody()
        try await response.body.write(collector)
        return Answer(response: response, body: String(decoding: collector.bytes, as: UTF8.self))
    }

    @Test func `it stores uploads of its own callers, visible to the other protocols`() async throws {
        let bytes = content(70_000)
        let answer = try await send(.put, "/toy/a.bin", [.userAgent: "local"], body: bytes)
        #expect(answer.response.status == .noContent && answer.response.headers[.server] == "toy")
        let id = try #require(answer.response.headers[.eTag])
        let blob = try await send(.get, "/v1/blobs/\(id)/meta")
        #expect(blob.response.status == .ok && blob.body.contains("a.bin"))
        #expect(prometheus.text().contains(#"wharf_requests_total{operation="toyPut",status="2xx"} 1"#))
        #expect(prometheus.text().contains("wharf_bytes_acknowledged_total 70000"))
    }

    @Test func `it encodes errors in its own form, with its own statuses`() async throws {
        let anonymous = try await send(.put, "/toy/a", body: [1])
        #expect(anonymous.response.status == .unauthorized)
        #expect(anonymous.body == "<Error><Code>unauthenticated</Code></Error>")
        let tooLarge = try await send(.put, "/toy/a", [.userAgent: "local"], body: content(100_001))
        #expect(tooLarge.response.status == .badRequest && tooLarge.body.contains("too_large"))
        let own = try await send(.get, "/toy/a", [.userAgent: "local"])
        #expect(own.response.status == .tooEarly && own.response.headers[.contentType] == "application/xml")
        #expect(prometheus.text().contains(#"wharf_refusals_total{code="toy_code"} 1"#))
        // The same error in the native form.
        let native = try await send(.post, "/v1/blobs", body: content(100_001))
        #expect(native.response.status == .contentTooLarge)
        #expect(native.response.headers[.contentType] == "application/problem+json")
    }

    @Test func `it has its own cross-origin access, and the pipeline's request id`() async throws {
        let toy = try await send(.get, "/toy/a", [.origin: "https://a.example", .userAgent: "local"])
        #expect(toy.response.headers[.accessControlExposeHeaders] == "ETag")
        #expect(toy.response.headers[RequestID.field] != nil)
        let native = try await send(.get, "/healthz", [.origin: "https://a.example"])
        #expect(native.response.headers[.accessControlAllowOrigin] == nil)
    }

    @Test func `its paths are known to the server`() async throws {
        let wrong = try await send(.delete, "/toy/a")
        #expect(wrong.response.status == .methodNotAllowed && wrong.response.headers[.allow] == "PUT, GET, HEAD")
    }
}
