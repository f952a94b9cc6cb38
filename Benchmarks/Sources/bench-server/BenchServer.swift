import FoundationEssentials
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals
import UploadCore
import UploadHTTP
import Wharf

/// Serves a store without configuration and access log, and with limits that no benchmark reaches, at one port in the
/// clear and at another over TLS. SIGTERM ends it.
///
///     bench-server DIRECTORY PORT power-loss|page-cache|process-crash [TLS-PORT CERTIFICATE KEY]
///
/// `page-cache` is `power-loss` without direct writes.
@main
struct BenchServer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard [4, 7].contains(arguments.count), let port = Int(arguments[2]) else { exit(64) }
        AllocatorTuning.retainFreedMemory()
        var limits = Limits()
        limits.activeUploadsMax = 100_000
        limits.activeUploadsPerCallerMax = 100_000
        limits.writersPerCallerMax = 100_000
        let metrics = ServerMetrics(factory: PrometheusMetrics(), version: "bench")
        let store = try await EmbeddedStore(
            directory: arguments[1], durability: arguments[3] == "process-crash" ? .processCrash : .powerLoss,
            limits: limits, observer: metrics, writesDirectly: arguments[3] == "power-loss")
        var logger = Logger(label: "bench-server") { label in StreamLogHandler.standardError(label: label) }
        logger.logLevel = .warning
        var configurations = [UploadServerConfiguration(port: port)]
        if arguments.count == 7, let port = Int(arguments[4]) {
            let tls = try ServerTLS(
                ServerTLS.Credentials(
                    certificateChain: Array(Data(contentsOf: URL(filePath: arguments[5]))),
                    privateKey: Array(Data(contentsOf: URL(filePath: arguments[6])))))
            configurations.append(UploadServerConfiguration(port: port, tls: tls))
        }
        let servers = configurations.map { configuration in
            UploadServer(
                uploads: store.uploads, authenticator: LocalAuthenticator(), metrics: metrics,
                configuration: configuration, files: store.files, logger: logger)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: servers.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        try await group.run()
        await store.close()
    }
}
