import BlobStorage
import CatalogueSQLite
import DurableFiles
import Logging
import UploadCore
import UploadHTTP
import UploadTestKit
import Wharf

/// What a test may choose about a server.
struct ServerSettings: Sendable {
    var limits: Limits
    var http = HTTPLimits.patient
    var tus: TusConfiguration
    var site = SiteConfiguration()
    var hasPage = true
    /// Whether the limit of connections per address applies to this machine, too.
    var limitsLoopback = false
    /// The certificate; nil for a server in the clear.
    var tls: ServerTLS?
    var graceMilliseconds: Int64 = 2_000
    var authenticator: any Authenticator
    /// Whether a server may receive and keep at the pace of the processor: tests of what is said need no disk.
    var durability = Durability.processCrash
    let prometheus: PrometheusMetrics
    let metrics: ServerMetrics
    /// Whether `/metrics` answers.
    var exposesMetrics: Bool
    var logger = Logger.silent
    var accessLog: AccessLog?
    var auditLogger: Logger?

    init(
        limits: Limits = Limits(), tus: TusConfiguration = TusConfiguration(),
        authenticator: any Authenticator = LocalAuthenticator(), exposesMetrics: Bool = true
    ) {
        prometheus = PrometheusMetrics()
        metrics = ServerMetrics(factory: prometheus)
        self.limits = limits
        self.tus = tus
        self.authenticator = authenticator
        self.exposesMetrics = exposesMetrics
    }

    var exposition: PrometheusMetrics? { exposesMetrics ? prometheus : nil }

    var protocols: ProtocolConfiguration {
        var protocols = ProtocolConfiguration()
        protocols.limits = http
        protocols.tus = tus
        protocols.site = site
        protocols.hasPage = hasPage
        protocols.accessLog = accessLog
        protocols.auditLogger = auditLogger
        return protocols
    }
}

extension HTTPLimits {
    /// Timeouts that end hangs only. On a busy machine a client may not get the processor for a while, and tests of
    /// something else must not meet them.
    static var patient: HTTPLimits {
        var limits = HTTPLimits()
        limits.headerTimeoutMilliseconds = 300_000
        limits.keepAliveTimeoutMilliseconds = 300_000
        limits.bodyIdleTimeoutMilliseconds = 300_000
        limits.responseIdleTimeoutMilliseconds = 300_000
        limits.lingerMilliseconds = 20_000
        // Small bodies of tests take the way of large ones, whose ends and failures are the same.
        limits.socketBodyBytesMin = 1
        return limits
    }
}

/// A store on the real file system, in a directory that goes with it, and with a clock whose hands the test turns.
final class TestStore: Sendable {
    typealias Store = UploadStore<POSIXFileSystem, ThreadPool, ManualClock>
    typealias Catalogue = CatalogueSQLite
    typealias Blobs = Store.Blobs
    typealias Time = ManualClock

    static let threadCount = 4

    let clock = ManualClock()
    /// What works on objects.
    let pool = ThreadPool(name: "test-io", threads: threadCount)
    let store: Store
    private let directory: TemporaryDirectory

    init(_ settings: ServerSettings) async throws {
        directory = try TemporaryDirectory()
        let place = StoreLocation(
            files: try POSIXFileSystem(creatingRoot: directory.path), directory: directory.path,
            pool: pool, cataloguePool: ThreadPool(name: "test-sql", threads: 1))
        store = try await Store(place, clock: clock, durability: settings.durability, limits: settings.limits)
    }

    var uploads: Store.Service { store.uploads }
    var files: any OpenFileProvider { store.files }

    /// What is not as it must be in the store.
    func checkIssues() async throws -> [String] {
        try await store.check().issues.map { "\($0)" }
    }

    func close() async {
        await store.close()
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
