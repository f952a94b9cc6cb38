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
    public var eventLoopThreads: Int
    /// How long requests under way may go on once the server is to stop. What has arrived of a body by then counts as far as
    /// it is durable.
    public var graceMilliseconds: Int64
    /// Told once, with the address that was bound, when connections are accepted.
    public var onListening: @Sendable (_ host: String, _ port: Int) async -> Void

    public init(
        host: String = "127.0.0.1", port: Int = 8080, limits: HTTPLimits = HTTPLimits(), eventLoopThreads: Int = 2,
        graceMilliseconds: Int64 = 10_000,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.eventLoopThreads = eventLoopThreads
        self.graceMilliseconds = graceMilliseconds
        self.onListening = onListening
    }
}

/// Serves a store over HTTP. `run` returns after a graceful shutdown, when no request is under way any more.
public struct UploadServer<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Service {
    private let front: Front<Store, Blobs, Time>
    private let metrics: ServerMetrics
    private let configuration: UploadServerConfiguration
    private let logger: Logger

    /// - Parameter files: Lets downloads be sent without a copy; nil if the store keeps no files.
    public init(
        uploads: UploadService<Store, Blobs, Time>, authenticator: any Authenticator, metrics: ServerMetrics,
        configuration: UploadServerConfiguration, files: (any FileLender)?, logger: Logger
    ) {
        front = Front(
            uploads: uploads, authenticator: authenticator, metrics: metrics, limits: configuration.limits,
            files: files, logger: logger)
        self.metrics = metrics
        self.configuration = configuration
        self.logger = logger
    }

    public func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoopThreads)
        let server = server(on: group)
        do {
            try await server.run()
            await Self.join(server)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    /// Waits for the task in which Hummingbird ends a server: it may outlive `run`, and needs the event loops until its end.
    private static func join(_ server: Server<HTTPConnection>) async {
        while true {
            do {
                try await server.shutdownGracefully()
                // Refused, now that the server is ending or has ended; how says which.
                try await server.run()
            } catch Server<HTTPConnection>.Error.serverShuttingDown {
                await Task.yield()
            } catch {
                return
            }
        }
    }

    private func server(on group: any EventLoopGroup) -> Server<HTTPConnection> {
        let (front, configuration) = (front, configuration)
        let connection = HTTPConnection(
            limits: configuration.limits, graceMilliseconds: configuration.graceMilliseconds, metrics: metrics,
            respond: { request, exchange in await front.respond(to: request, exchange) })
        // Hummingbird says at info what is said here already.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        return Server(
            childChannelSetup: connection,
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.limits.connectionsMax)),
            onServerRunning: { channel in
                await configuration.onListening(
                    configuration.host, channel.localAddress?.port ?? configuration.port)
            },
            eventLoopGroup: group, logger: quiet)
    }
}
