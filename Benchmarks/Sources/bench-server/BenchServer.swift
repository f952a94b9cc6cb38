import Glibc
import Logging
import ServiceLifecycle
import UnixSignals
import UploadCore
import UploadHTTP
import Wharf

/// Serves a store without configuration and access log, and with limits that no benchmark reaches. SIGTERM ends it.
///
///     bench-server DIRECTORY PORT power-loss|process-crash
@main
struct BenchServer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let port = Int(arguments[2]) else { exit(64) }
        AllocatorTuning.retainFreedMemory()
        var limits = Limits()
        limits.activeUploadsMax = 100_000
        limits.activeUploadsPerCallerMax = 100_000
        limits.writersPerCallerMax = 100_000
        let metrics = ServerMetrics(factory: PrometheusMetrics(), version: "bench")
        let store = try await EmbeddedStore(
            directory: arguments[1], durability: arguments[3] == "power-loss" ? .powerLoss : .processCrash,
            limits: limits, observer: metrics)
        var logger = Logger(label: "bench-server") { label in StreamLogHandler.standardError(label: label) }
        logger.logLevel = .warning
        let server = UploadServer(
            uploads: store.uploads, authenticator: LocalAuthenticator(), metrics: metrics,
            configuration: UploadServerConfiguration(port: port), files: store.files, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        await store.close()
    }
}
