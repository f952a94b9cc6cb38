import Logging
import NIOCore
import ServiceLifecycle
import SessionCore
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit
import Wharf

/// A server with a store of its own, listening on a free port of the loopback interface.
struct LiveServer {
    let port: Int
    let store: EmbeddedStore
    let metrics: ServerMetrics
    private let group: ServiceGroup

    /// Runs `body` beside a server, then stops it and waits for its end.
    static func run<Value: Sendable>(
        limits: Limits = Limits(), http: HTTPLimits = HTTPLimits(), graceMilliseconds: Int64 = 2_000,
        authenticator: any Authenticator = LocalAuthenticator(), durability: Durability = .processCrash,
        metrics: ServerMetrics = ServerMetrics(),
        _ body: @escaping @Sendable (LiveServer) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory()
        let store = try await EmbeddedStore(directory: directory.path, durability: durability, limits: limits)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = UploadServer(
            uploads: store.uploads, authenticator: authenticator, metrics: metrics,
            configuration: UploadServerConfiguration(
                port: 0, limits: http, graceMilliseconds: graceMilliseconds,
                onListening: { _, port in listening.yield(port) }),
            files: store.uploads.sessions.blobs, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await body(LiveServer(port: port, store: store, metrics: metrics, group: group)))
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
}
