import HTTPTypes
package import HTTPWire
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
public import SessionCore
public import UploadCore
public import UploadDerivation

/// The address, features and limits of a server.
public struct UploadServerConfiguration: Sendable {
    public var host: String
    /// 0 for any free port.
    public var port: Int
    public var limits: HTTPLimits
    public var tus: TusConfiguration
    public var site: SiteConfiguration
    /// Whether the web page is served at `/`.
    public var hasPage: Bool
    /// Whether the server derives photos; reported in `/v1/upload-config`.
    public var isDeriving: Bool
    /// How long requests in progress may continue during a graceful shutdown. Bytes of a body that are durable by then
    /// count.
    public var graceMilliseconds: Int64
    /// Receives each request that has ended; nil for none. Not called for bytes that the HTTP parser refuses.
    public var accessLog: AccessLog?
    /// Receives deletions and changes of members, at level notice; nil for the logger of the server.
    public var auditLogger: Logger?
    /// Where clients get whole blobs instead of from the server; nil to send all bytes.
    public var downloadRedirect: DownloadRedirect?
    /// The certificate; nil to serve in the clear.
    public var tls: ServerTLS?
    /// Called once, with the bound address, when connections are accepted.
    public var onListening: @Sendable (_ host: String, _ port: Int) async -> Void
    /// Addresses whose connections are limited in total only: a proxy on this machine brings all clients. Trusted proxies
    /// are added.
    package var unlimitedAddresses = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

    public init(
        host: String = "127.0.0.1", port: Int = 8080, limits: HTTPLimits = HTTPLimits(),
        tus: TusConfiguration = TusConfiguration(), site: SiteConfiguration = SiteConfiguration(), hasPage: Bool = true,
        isDeriving: Bool = false, graceMilliseconds: Int64 = 10_000, tls: ServerTLS? = nil,
        accessLog: AccessLog? = nil, auditLogger: Logger? = nil,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.tus = tus
        self.site = site
        self.hasPage = hasPage
        self.isDeriving = isDeriving
        self.graceMilliseconds = graceMilliseconds
        self.tls = tls
        self.accessLog = accessLog
        self.auditLogger = auditLogger
        self.onListening = onListening
    }

    func protocols(admittingEverybody: Bool) -> ProtocolConfiguration {
        var protocols = ProtocolConfiguration()
        protocols.limits = limits
        protocols.tus = tus
        protocols.site = site
        protocols.listening = host
        protocols.admitsEverybody = admittingEverybody
        protocols.hasPage = hasPage
        protocols.isDeriving = isDeriving
        protocols.accessLog = accessLog
        protocols.auditLogger = auditLogger
        protocols.downloadRedirect = downloadRedirect
        return protocols
    }
}

/// Serves a store over HTTP, on the event loops of the process (`NIOSingletons.groupLoopCountSuggestion`):
///
///     let server = UploadServer(
///         uploads: store.uploads, authenticator: LocalAuthenticator(), metrics: ServerMetrics(),
///         files: store.files, logger: logger)
///     try await ServiceGroup(services: [server], gracefulShutdownSignals: [.sigterm], logger: logger).run()
///
/// `run` returns after a graceful shutdown, when no request is in progress.
public struct UploadServer: Service {
    private let responder: RootResponder
    private let metrics: ServerMetrics
    private let configuration: UploadServerConfiguration
    private let logger: Logger

    /// - Parameters:
    ///   - prometheus: The backend of `metrics`, served at `/metrics`; nil for none.
    ///   - files: Opens stored files, so that downloads can be sent without a copy; nil if the store keeps none.
    public init<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>(
        uploads: UploadService<Store, Blobs, Time>, authenticator: any Authenticator, metrics: ServerMetrics,
        prometheus: PrometheusMetrics? = nil, configuration: UploadServerConfiguration = UploadServerConfiguration(),
        files: (any OpenFileProvider)?, logger: Logger
    ) {
        let protocols = UploadProtocols(
            uploads, files: files, metrics: metrics, prometheus: prometheus,
            configuration: configuration.protocols(admittingEverybody: authenticator.admitsEverybody))
        self.init(
            protocols: protocols, authenticator: authenticator, metrics: metrics, configuration: configuration,
            logger: logger)
    }

    package init(
        protocols: UploadProtocols, authenticator: any Authenticator, metrics: ServerMetrics,
        configuration: UploadServerConfiguration, logger: Logger
    ) {
        responder = RootResponder(protocols, authenticator: authenticator, logger: logger)
        self.metrics = metrics
        self.configuration = configuration
        self.logger = logger
    }

    public func run() async throws {
        let (configuration, logger) = (configuration, logger)
        let connections = OpenConnections(
            limits: configuration.limits,
            unlimitedAddresses: configuration.unlimitedAddresses + configuration.site.trustedProxies, metrics: metrics)
        let connection = HTTPConnection(
            limits: configuration.limits, graceMilliseconds: configuration.graceMilliseconds, metrics: metrics,
            responder: responder, connections: connections, tls: configuration.tls)
        // At info, Hummingbird repeats messages that are logged here.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let server = connection.server(
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
                availableConnectionsDelegate: ConnectionGate(connections: connections)),
            onServerRunning: { channel in
                // Fails only if the channel is closed by now.
                try? await channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptPauseHandler(connections: connections, logger: logger), position: .first)
                }.get()
                await configuration.onListening(
                    configuration.host, channel.localAddress?.port ?? configuration.port)
            },
            // The singleton is never shut down, so the last tasks of a connection always run.
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet)
        try await server.run()
    }
}
