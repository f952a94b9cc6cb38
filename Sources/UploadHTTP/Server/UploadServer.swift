import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
public import SessionCore
public import UploadCore

/// Where a server listens and how it treats connections.
public struct UploadServerConfiguration: Sendable {
    public var host: String
    /// 0 for any that is free.
    public var port: Int
    public var limits: HTTPLimits
    public var tus: TusConfiguration
    /// Whether there is a page for people at `/`.
    public var hasPage: Bool
    /// Whether something is made of uploads that ask for it; clients are told.
    public var isDeriving: Bool
    /// How long requests under way may go on once the server is to stop. What has arrived of a body by then counts as far as
    /// it is durable.
    public var graceMilliseconds: Int64
    /// Told once, with the address that was bound, when connections are accepted.
    public var onListening: @Sendable (_ host: String, _ port: Int) async -> Void

    public init(
        host: String = "127.0.0.1", port: Int = 8080, limits: HTTPLimits = HTTPLimits(),
        tus: TusConfiguration = TusConfiguration(), hasPage: Bool = true, isDeriving: Bool = false,
        graceMilliseconds: Int64 = 10_000,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.tus = tus
        self.hasPage = hasPage
        self.isDeriving = isDeriving
        self.graceMilliseconds = graceMilliseconds
        self.onListening = onListening
    }
}

/// Serves a store over HTTP, on the event loops of the process (`NIOSingletons.groupLoopCountSuggestion`). `run` returns after a graceful shutdown, when no request is under way any more.
public struct UploadServer<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Service {
    private let root: RootResponder<Store, Blobs, Time>
    private let metrics: ServerMetrics
    private let configuration: UploadServerConfiguration
    private let logger: Logger

    /// - Parameter files: Lets downloads be sent without a copy; nil if the store keeps no files.
    public init(
        uploads: UploadService<Store, Blobs, Time>, authenticator: any Authenticator, metrics: ServerMetrics,
        configuration: UploadServerConfiguration, files: (any OpenFileProvider)?, logger: Logger
    ) {
        root = RootResponder(
            uploads: uploads, authenticator: authenticator, metrics: metrics, limits: configuration.limits,
            tus: configuration.tus, files: files, hasPage: configuration.hasPage, isDeriving: configuration.isDeriving,
            logger: logger)
        self.metrics = metrics
        self.configuration = configuration
        self.logger = logger
    }

    public func run() async throws {
        let (root, configuration) = (root, configuration)
        let connection = HTTPConnection(
            limits: configuration.limits, graceMilliseconds: configuration.graceMilliseconds, metrics: metrics,
            respond: { request, requestChannel in await root.respond(to: request, requestChannel) })
        // Hummingbird says at info what is said here already.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let server = connection.server(
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.limits.connectionsMax)),
            onServerRunning: { channel in
                await configuration.onListening(
                    configuration.host, channel.localAddress?.port ?? configuration.port)
            },
            // The process's own: it is never shut down, so that what a connection leaves to do at its end is done.
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet)
        try await server.run()
    }
}
