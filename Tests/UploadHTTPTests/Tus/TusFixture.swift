import HTTPTypes
import HummingbirdCore
import NIOCore
import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import UploadHTTP

/// A server without sockets, over a store that can be made to fail.
struct TusFixture {
    typealias Service = UploadService<ModelCatalogue, UnsteadyBlobStore, ManualClock>

    let blobs = UnsteadyBlobStore()
    let clock = ManualClock()
    let uploads: Service
    private let root: RootResponder

    init(_ change: (inout Limits) -> Void = { _ in }) throws {
        var limits = Limits()
        // Every upload has an object, which can fail.
        limits.catalogueBytesMax = 0
        change(&limits)
        uploads = try Service(catalogue: ModelCatalogue(), blobs: blobs, clock: clock, limits: limits)
        root = RootResponder(
            UploadProtocols(uploads, files: nil), authenticator: LocalAuthenticator(), logger: .silent)
    }

    func request(
        _ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields = [:], body: [UInt8] = []
    ) async throws -> Response {
        var fields = fields
        fields[.contentLength] = String(body.count)
        fields[try #require(HTTPField.Name("Tus-Resumable"))] = "1.0.0"
        let head = HTTPRequest(method: method, scheme: "http", authority: "a", path: path, headerFields: fields)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        return await root.respond(to: request, DetachedRequestChannel())
    }

    func create(length: Int, _ fields: HTTPFields = [:]) async throws -> String {
        var fields = fields
        fields[try #require(HTTPField.Name("Upload-Length"))] = String(length)
        let answer = try await request(.post, "/files", fields)
        return String(try #require(answer.headers[.location]).pathOfURL)
    }

    func patch(_ upload: String, at offset: Int, _ body: [UInt8]) async throws -> Response {
        let fields: HTTPFields = [
            .contentType: TusClient.patchType,
            try #require(HTTPField.Name("Upload-Offset")): String(offset),
        ]
        return try await request(.patch, upload, fields, body: body)
    }
}

extension Response {
    var offset: String? { HTTPField.Name("Upload-Offset").flatMap { headers[$0] } }
}
