import HTTPTypes
import HTTPWire
import HummingbirdCore
import NIOCore
import ServiceLifecycle
import Testing

@testable import UploadHTTP

/// A handler that needs no more of its request's body, and a client that goes on with the connection.
@Suite(.timeLimit(.minutes(5))) struct BodyInterruptionTests {
    @Test func `a body that was ended before the answer ends the connection, also if it was not read on`() async throws
    {
        try await run { connection in
            try await connection.send(Self.beginning(of: "/interrupted"))
            let answer = String(decoding: await connection.readToEnd(), as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 204 "))
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func `a body is not ended after an answer that promises to go on`() async throws {
        try await run { connection in
            for _ in 0..<3 {
                try await connection.send(Self.beginning(of: "/answered"))
                let answer = try await connection.readResponse()
                #expect(answer.text == "ok" && answer["Connection"] == nil)
                try await connection.send(content(90))
            }
        }
    }

    /// A request with ten bytes of its body, which has a hundred.
    private static func beginning(of path: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n0123456789"
    }

    private func run(_ body: @escaping @Sendable (RawConnection) async throws -> Void) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let metrics = ServerMetrics()
        let server = UploadServer(
            protocols: UploadProtocols([Interrupting()], metrics: metrics), authenticator: LocalAuthenticator(),
            metrics: metrics,
            configuration: UploadServerConfiguration(port: 0, onListening: { _, port in listening.yield(port) }),
            logger: .silent)
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: .silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await RawConnection.open(port: port, body)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// Ends the bodies of its requests before the response, or after it.
private struct Interrupting: UploadProtocol {
    let operations = ["interrupted", "answered"]

    var routes: [Route] {
        [
            Route(
                .post, "/interrupted",
                Endpoint("interrupted", access: .anyone) { request in
                    let channel = try #require(request.channel as? ConnectionRequestChannel)
                    var body = request.request.body.makeAsyncIterator()
                    _ = try await body.next()
                    channel.interruptBody()
                    // The body has ended, and the handler does not know it.
                    try await channel.channel.eventLoop.submit {}.get()
                    return .bodiless(.noContent, [:])
                }),
            Route(
                .post, "/answered",
                Endpoint("answered", access: .anyone) { request in
                    var body = request.request.body.makeAsyncIterator()
                    _ = try await body.next()
                    return Response(
                        status: .ok,
                        body: ResponseBody(contentLength: 2) { [channel = request.channel] writer in
                            channel.interruptBody()
                            try await writer.write(ByteBuffer(string: "ok"))
                            try await writer.finish(nil)
                        })
                }),
        ]
    }

    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response {
        .bodiless(failure.status, failure.fields)
    }
}
