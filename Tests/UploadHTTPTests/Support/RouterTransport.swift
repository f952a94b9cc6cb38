import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import Testing
import UploadHTTP

/// Sends requests to the router, without a socket.
struct RouterTransport: Transport {
    private let root: RootResponder

    init(_ store: TestStore, _ settings: ServerSettings) {
        self.init(
            UploadProtocols(
                store.uploads, files: store.files, metrics: settings.metrics, prometheus: settings.exposition,
                configuration: settings.protocols), settings)
    }

    init(_ protocols: UploadProtocols, _ settings: ServerSettings) {
        root = RootResponder(protocols, authenticator: settings.authenticator, logger: settings.logger)
    }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        var head = HTTPRequest(
            method: try #require(HTTPRequest.Method(request.method)), scheme: "http", authority: "localhost",
            path: request.target)
        for field in request.fields {
            head.headerFields.append(try #require(HTTPField(field)))
        }
        let body = request.body ?? []
        let response = await root.respond(
            to: Request(head: head.framed(request), body: RequestBody(asyncSequence: Pieces(of: body))),
            MemoryRequestChannel(trailers: HTTPFields(try request.trailers.map { try #require(HTTPField($0)) })))
        let collector = CollectedBody()
        if request.method != "HEAD" { try await response.body.write(collector) }
        return ClientResponse(
            status: response.status.code,
            fields: response.headers.map { ($0.name.rawName, $0.value) }, body: collector.bytes)
    }

    /// A body in several buffers, the first of them empty, as a network can deliver it.
    private struct Pieces: AsyncSequence, Sendable {
        let buffers: [ByteBuffer]

        init(of body: [UInt8]) {
            let pieceBytes = 50_000
            buffers =
                [ByteBuffer()]
                + stride(from: 0, to: body.count, by: pieceBytes).map { start in
                    ByteBuffer(bytes: body[start..<Swift.min(body.count, start + pieceBytes)])
                }
        }

        struct AsyncIterator: AsyncIteratorProtocol {
            var rest: ArraySlice<ByteBuffer>

            mutating func next() async throws -> ByteBuffer? { rest.popFirst() }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: buffers[...]) }
    }
}

/// A channel without a connection, for requests with trailers.
private struct MemoryRequestChannel: RequestChannel {
    let trailers: HTTPFields?

    func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async {}

    func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool { false }
}

/// Collects the body of a response.
final class CollectedBody: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws {
        bytes += buffer.readableBytesView
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

extension HTTPField {
    fileprivate init?(_ field: (name: String, value: String)) {
        guard let name = Name(field.name) else { return nil }
        self.init(name: name, value: field.value)
    }
}

extension HTTPRequest {
    /// Adds the field that frames the body.
    fileprivate func framed(_ request: ClientRequest) -> HTTPRequest {
        var head = self
        guard let body = request.body else { return head }
        switch request.framing {
        case .contentLength: head.headerFields[.contentLength] = String(body.count)
        case .chunked: head.headerFields[.transferEncoding] = "chunked"
        }
        return head
    }
}
