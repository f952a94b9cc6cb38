import DurableFiles
import Glibc
import Logging
import ServiceLifecycle
import UploadCore
import UploadHTTP
import Wharf

/// Prints what a server allocates: `wharf-allocations DIRECTORY`. A test compares the figures with their limits.
///
///     blob 4646
///     upload 11573
///
/// Blocks for each warm upload of 4 KiB, in one request and in three. Nothing else runs in the process, so the figures hardly
/// differ from run to run.
@main
struct WharfAllocations {
    static func main() async throws {
        guard CommandLine.arguments.count == 2 else { exit(64) }
        var limits = Limits()
        limits.activeUploadsMax = 10_000
        limits.activeUploadsPerCallerMax = 10_000
        limits.writersPerCallerMax = 10_000
        let store = try await EmbeddedStore(
            directory: CommandLine.arguments[1], durability: .processCrash, limits: limits)
        let logger = Logger(label: "wharf-allocations") { _ in SwiftLogNoOpLogHandler() }
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = UploadServer(
            uploads: store.uploads, authenticator: LocalAuthenticator(),
            metrics: ServerMetrics(factory: PrometheusMetrics()),
            configuration: UploadServerConfiguration(port: 0, onListening: { _, port in listening.yield(port) }),
            files: store.files, logger: logger)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: server)], gracefulShutdownSignals: [], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            if let port = await iterator.next() { try await measure(Measurement(port: port)) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await store.close()
    }

    private static func measure(_ measurement: Measurement) async throws {
        // The client blocks.
        let thread = ThreadPool(name: "client", threads: 1)
        try await thread.run { () throws(MeasurementError) in
            say("blob \(try measurement.smallUpload())")
            say("upload \(try measurement.threeRequests())")
        }
    }

    private static func say(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
