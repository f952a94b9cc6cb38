import NativeWire
import Testing
import UploadCore

/// What a server had acknowledged before somebody came and was hostile: a blob, and an upload with one chunk of two.
struct Witness {
    private static let whole = content(100_000, seed: 7)
    private static let chunk = content(70_000, seed: 8)

    private let blob: String
    private let upload: String

    init(at server: LiveServer) async throws {
        let api = APIClient(over: server.socket)
        blob = try await api.putBlob(Self.whole).blob
        upload = try await api.begin(name: "witness", length: 100_000, chunkSize: 70_000).id
        try await api.putChunk(0, of: upload, Self.chunk)
    }

    /// Expects that the server has let everybody go, still answers, has everything it acknowledged, and a clean store.
    func expectUnharmed(_ server: LiveServer, sourceLocation: SourceLocation) async throws {
        try await eventually("connections are left", sourceLocation: sourceLocation) { server.connectionCount == 0 }
        let health = try await server.send(ClientRequest("GET", "/healthz"))
        #expect(health.status == 200, sourceLocation: sourceLocation)
        let api = APIClient(over: server.socket)
        #expect(try await api.bytes(of: blob) == Self.whole, sourceLocation: sourceLocation)
        let status = try await api.status(of: upload)
        #expect(status.received == [[0, 0]], sourceLocation: sourceLocation)
        #expect(status.state == .pending, sourceLocation: sourceLocation)
        #expect(try await server.store.checkIssues() == [], sourceLocation: sourceLocation)
    }
}

extension LiveServer {
    /// Runs something hostile beside a server, and expects that nobody else noticed.
    static func runUnharmed(
        _ settings: ServerSettings = ServerSettings(), sourceLocation: SourceLocation = #_sourceLocation,
        _ body: @escaping @Sendable (LiveServer) async throws -> Void
    ) async throws {
        try await run(settings) { server in
            let witness = try await Witness(at: server)
            try await body(server)
            try await witness.expectUnharmed(server, sourceLocation: sourceLocation)
        }
    }
}
