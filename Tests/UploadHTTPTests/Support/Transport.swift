import HTTPTestKit
import UploadHTTP

/// A way to a server. The same script of requests runs over each, and must read the same.
protocol Transport: Sendable {
    func send(_ request: ClientRequest) async throws -> ClientResponse
}

/// Over a socket, with a connection for every request.
struct SocketTransport: Transport {
    let port: Int
    var tls: TLSClient?

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        try await RawConnection.open(port: port, tls: tls) { try await $0.exchange(request) }
    }
}

/// The transports, each with a store of its own behind it.
enum TransportKind: String, CaseIterable, Sendable {
    case router
    case socket
    /// Over TLS.
    case secure
    /// Over TLS.
    case http2

    /// Runs `body` with a transport to a fresh server, and the clock that this server lives by.
    func run<Value: Sendable>(
        _ settings: ServerSettings, _ body: @escaping @Sendable (any Transport, TestStore) async throws -> Value
    ) async throws -> Value {
        switch self {
        case .router:
            let store = try await TestStore(settings)
            do {
                let value = try await body(RouterTransport(store, settings), store)
                await store.close()
                return value
            } catch {
                await store.close()
                throw error
            }
        case .socket:
            return try await LiveServer.run(settings) { try await body($0.socket, $0.store) }
        case .secure, .http2:
            var settings = settings
            settings.tls = try ServerTLS(.init(TestCertificates.server, TestCertificates.serverKey))
            return try await LiveServer.run(settings) { server in
                let transport: any Transport =
                    self == .http2 ? HTTP2Transport(port: server.port, tls: .trusting()) : server.socket
                return try await body(transport, server.store)
            }
        }
    }
}
