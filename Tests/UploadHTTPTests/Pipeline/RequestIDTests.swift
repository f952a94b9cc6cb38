import HTTPTestKit
import HTTPTypes
import InMemoryTracing
import Testing
import Tracing

@testable import UploadHTTP

@Suite(.timeLimit(.minutes(10))) struct RequestIDTests {
    @Test(arguments: ["a", "0af7651916cd43dd8448eb211c80319c", "r/1:~", String(repeating: "x", count: 128)])
    func `an id of visible ASCII is taken from the client`(_ given: String) {
        #expect(RequestID([RequestID.field: given]).description == given)
    }

    @Test(arguments: [[], [""], ["a b"], ["ü"], ["a\tb"], ["a", "b"], [String(repeating: "x", count: 129)]])
    func `any other id is replaced by a random one`(_ given: [String]) throws {
        var fields: HTTPFields = [:]
        for value in given { fields.append(HTTPField(name: RequestID.field, value: value)) }
        let (first, second) = (RequestID(fields).description, RequestID(fields).description)
        #expect(first.wholeMatch(of: #/[0-9a-f]{16}/#) != nil && first != second)
    }

    @Test func `it is in the response and in the log, also of a request that fails`() async throws {
        let capture = LogCapture()
        var settings = ServerSettings()
        settings.logger = capture.logger
        try await LiveServer.run(settings) { server in
            for (method, path, status) in [
                ("GET", "/healthz", 200), ("GET", "/nowhere", 404), ("GET", "/v1/blobs/x", 404),
                ("PATCH", "/files/x", 412),
            ] {
                let response = try await server.send(
                    ClientRequest(method, path, fields: [("X-Request-ID", "id-of-\(path)")]))
                #expect(response.status == status)
                #expect(response["X-Request-ID"] == "id-of-\(path)")
                try await eventually("the request is logged") {
                    capture.lines.contains { $0.metadata["request_id"] == "id-of-\(path)" }
                }
            }
        }
    }

    @Test func `a span has the operation, the status and the trace of the client, and ends with the response`()
        async throws
    {
        let tracer = InMemoryTracer()
        try await withTracer(tracer) {
            try await TransportKind.router.run(ServerSettings()) { transport, _ in
                let fields = [
                    (name: InMemoryTracer.traceIDKey, value: "trace"), (name: InMemoryTracer.spanIDKey, value: "span"),
                ]
                _ = try await transport.send(ClientRequest("GET", "/healthz", fields: fields))
                _ = try await transport.send(ClientRequest("GET", "/v1/blobs/x", fields: fields))
            }
        }
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["getHealth", "getBlob"])
        #expect(spans.map(\.kind) == [.server, .server])
        #expect(spans.map { $0.attributes.get("http.response.status_code") } == [.int64(200), .int64(404)])
        #expect(spans.map(\.traceID) == ["trace", "trace"] && spans.map(\.parentSpanID) == ["span", "span"])
        #expect(tracer.activeSpans.isEmpty)
    }
}
