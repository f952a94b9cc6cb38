package import AsyncHTTPClient
import ClientTransport
package import NIOCore

/// Carries signed requests to the endpoint and responses back. Tests replace only this.
package protocol S3Transport: Sendable {
    /// - Parameters:
    ///   - deadline: When the response has to have begun.
    ///   - isStreamed: Whether the body of the request or of the response takes as long as its other side does: it has no
    ///     deadline, and a connection of those that read.
    /// - Throws: If no response begins; the request may have been processed nevertheless.
    func execute(
        _ request: HTTPClientRequest, deadline: NIODeadline, isStreamed: Bool
    ) async throws -> HTTPClientResponse

    /// Closes all connections. Nothing else is called afterwards.
    func shutdown() async throws
}

/// HTTP/1.1 over TCP or TLS.
struct HTTPTransport: S3Transport {
    private let http: HTTPClient
    /// For bodies that last as long as their other side does: slow ones must not hold the connections that uploads need.
    private let reading: HTTPClient

    init(_ settings: S3Settings) {
        http = Self.client(settings, connectionsMax: settings.connectionsMax)
        reading = Self.client(settings, connectionsMax: settings.readingConnectionsMax)
    }

    private static func client(_ settings: S3Settings, connectionsMax: Int) -> HTTPClient {
        let idle = TimeAmount.milliseconds(settings.idleMilliseconds)
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .milliseconds(settings.connectMilliseconds), read: idle, write: idle))
        configuration.httpVersion = .http1Only
        configuration.tlsConfiguration = settings.authorities?.configuration
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionsMax
        // Attempts are counted by the client.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func execute(
        _ request: HTTPClientRequest, deadline: NIODeadline, isStreamed: Bool
    ) async throws -> HTTPClientResponse {
        try await (isStreamed ? reading : http).execute(request, deadline: deadline)
    }

    func shutdown() async throws {
        try await http.shutdown()
        try await reading.shutdown()
    }
}
