import Logging
import NIOCore
import ServiceLifecycle
import SessionCore
import Testing
import UploadCore
import UploadHTTP

/// A server with a store of its own, listening on a free port of the loopback interface.
struct LiveServer {
    let port: Int
    let store: TestStore
    let prometheus: PrometheusMetrics
    /// How clients encrypt; nil for a server in the clear.
    let tls: TLSClient?
    private let group: ServiceGroup

    /// Runs `body` beside a server, then stops it and waits for its end.
    static func run<Value: Sendable>(
        _ settings: ServerSettings = ServerSettings(),
        _ body: @escaping @Sendable (LiveServer) async throws -> Value
    ) async throws -> Value {
        let store = try await TestStore(settings)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        var configuration = UploadServerConfiguration(
            port: 0, limits: settings.http, tus: settings.tus, site: settings.site, hasPage: settings.hasPage,
            graceMilliseconds: settings.graceMilliseconds, tls: settings.tls, accessLog: settings.accessLog,
            auditLogger: settings.auditLogger,
            onListening: { _, port in listening.yield(port) })
        if settings.limitsLoopback { configuration.unlimitedAddresses = [] }
        let server = UploadServer(
            uploads: store.uploads, authenticator: settings.authenticator, metrics: settings.metrics,
            prometheus: settings.exposition, configuration: configuration,
            files: store.files, logger: settings.logger)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: server)], logger: .silent))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(
                    try await body(
                        LiveServer(
                            port: port, store: store, prometheus: settings.prometheus,
                            tls: settings.tls.map { _ in .trusting() }, group: group)))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            await store.close()
            return try outcome.get()
        }
    }

    /// What SIGTERM does.
    func stop() async {
        await group.triggerGracefulShutdown()
    }

    /// Sends one request on a connection of its own.
    func send(_ request: ClientRequest) async throws -> ClientResponse {
        try await socket.send(request)
    }

    /// Requests with a connection for each.
    var socket: SocketTransport { SocketTransport(port: port, tls: tls) }

    /// Runs `body` on a connection.
    func open<Value: Sendable>(_ body: (RawConnection) async throws -> Value) async throws -> Value {
        try await RawConnection.open(port: port, tls: tls, body)
    }

    /// Connections that the server has open.
    var connectionCount: Int? {
        metric("wharf_connections")
    }

    /// The value of a metric, by its name and labels as they are written; nil before it was used.
    func metric(_ name: String) -> Int? {
        prometheus.text().split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .flatMap { Int($0.dropFirst(name.count + 1)) }
    }
}
