import NativeWire
import ResumableWire
import SessionCore
import Testing
import UploadCore
import UploadHTTP

/// Who gets interim responses: a proxy that takes one for the final response would break the upload.
@Suite(.timeLimit(.minutes(5))) struct InterimResponseTests {
    private static let bytes = content(300_000)
    private static let proxies: [ResumableClient.Fields] = [
        [("Forwarded", "for=192.0.2.1")], [("X-Forwarded-For", "192.0.2.1")], [("X-Forwarded-Proto", "https")],
        [("X-Forwarded-Host", "photos.example.org")], [("Via", "1.1 proxy")],
    ]

    /// Runs a body with a client for each creation path.
    private func run(
        _ interimResponses: SiteConfiguration.InterimResponses,
        _ body: @escaping @Sendable (ResumableClient) async throws -> Void
    ) async throws {
        var settings = ServerSettings()
        settings.site.interimResponses = interimResponses
        settings.limits.checkpointBytes = 1 << 16
        try await LiveServer.run(settings) { server in
            for target in ["/files", "/v1/blobs?name=a"] {
                var client = ResumableClient(server.socket, .latest)
                client.target = target
                try await body(client)
            }
        }
    }

    private func expectUploads(
        _ client: ResumableClient, _ fields: ResumableClient.Fields, hasInterim: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let whole = try await client.send(client.creation(isComplete: true, Self.bytes, fields))
        #expect(whole.status == 201 && whole.interim.contains(104) == hasInterim, sourceLocation: sourceLocation)
        #expect(try whole.document(FinishedDocument.self).size == 300_000, sourceLocation: sourceLocation)
        let upload = try await client.begin([], length: 300_000, fields)
        let append = try await client.send(
            client.append(to: upload, at: 0, isLast: true, Self.bytes, fields))
        #expect(append.status == 201 && append.interim.contains(104) == hasInterim, sourceLocation: sourceLocation)
    }

    @Test func `direct clients get them by default, clients of proxies do not`() async throws {
        try await run(.auto) { client in
            try await expectUploads(client, [], hasInterim: true)
            for fields in Self.proxies { try await expectUploads(client, fields, hasInterim: false) }
        }
    }

    @Test func `an operator turns them on for proxies that pass them, and off for those that do not show themselves`()
        async throws
    {
        try await run(.on) { client in
            for fields in Self.proxies { try await expectUploads(client, fields, hasInterim: true) }
        }
        try await run(.off) { client in try await expectUploads(client, [], hasInterim: false) }
    }

    @Test func `a broken creation that was told no address leaves nothing, unless a key finds it again`() async throws {
        try await LiveServer.run { server in
            let client = ResumableClient(server.socket, .latest)
            let isKept: @Sendable () async throws -> Bool = {
                try await server.store.uploads.maintenance.countByStatus().pending == 1
            }
            for key in [nil, ("Idempotency-Key", "\"k\"")] {
                try await server.open { connection in
                    let fields = [("Via", "1.1 proxy"), key].compactMap(\.self)
                    try await connection.send(client.creation(isComplete: true, Self.bytes, fields).header)
                    try await connection.send(Array(Self.bytes.prefix(1000)))
                    try await eventually("the upload is begun") { try await isKept() }
                }
                if key == nil { try await eventually("nothing is left") { try await !isKept() } }
            }
            // A repeated creation goes on with it.
            let again = try await client.send(
                client.creation(isComplete: true, Self.bytes, [("Via", "1.1 proxy"), ("Idempotency-Key", "\"k\"")]))
            #expect(again.status == 201)
            #expect(try await server.store.uploads.maintenance.countByStatus().pending == 0)
        }
    }
}
