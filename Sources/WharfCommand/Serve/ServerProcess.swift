import BlobStorage
import DurableFiles
import ImagingPool
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import UnixSignals
import UploadCore
import UploadDerivation
import UploadHTTP
import Wharf
import WharfCluster
import WharfServices

/// The life of a server process: opens the store, serves it, closes both.
struct ServerProcess: Sendable {
    var settings: ServerSettings
    /// `PATH`, for finding `wharf-imaging`.
    let path: String?
    /// nil: SIGHUP is left alone.
    var hangUps: HangUpSignals?
    /// Called on SIGHUP, before the reloads of access and certificate.
    var reloads: [@Sendable () async -> Void] = []
    let logger: Logger

    /// Serves until a graceful shutdown. The store is closed when it returns or throws.
    ///
    /// - Throws: `ServeError`.
    func run() async throws {
        AllocatorTuning.retainFreedMemory()
        for (name, need) in settings.settingsWithoutEffect {
            logger.warning("a setting has no effect", metadata: ["setting": "\(name)", "needs": "\(need)"])
        }
        var process = self
        try process.settings.keepWithinDescriptors(DescriptorLimit.raise(), logger: logger)
        try await process.openAndServe()
    }

    private func openAndServe() async throws {
        let access = try await ServerAccess.load(settings, logger: logger)
        let certificate = try await certificate()
        let accessLog = try await accessLog()
        let prometheus = PrometheusMetrics()
        let metrics = ServerMetrics(factory: prometheus)
        let pool = try await ImagingPool.open(settings, path: path, logger: logger)
        let surroundings = Surroundings(
            pool: pool, access: access, certificate: certificate, accessLog: accessLog, metrics: metrics,
            prometheus: prometheus)
        do {
            let versions = await blocking { [settings] in settings.cluster.credentialsVersions }
            let cluster = try await settings.cluster.open(
                durability: settings.durability.durability, limits: settings.limits, observer: metrics, logger: logger)
            if let cluster {
                try await serve(cluster, credentials: versions, surroundings)
            } else {
                try await serveEmbedded(surroundings)
            }
        } catch {
            await pool?.close()
            throw error
        }
        await accessLog?.flush()
        logger.info("server stopped")
    }

    /// What a server has besides its store.
    private struct Surroundings {
        let pool: ImagingPool?
        let access: ServerAccess
        let certificate: Certificate?
        let accessLog: AccessLogWriter?
        let metrics: ServerMetrics
        let prometheus: PrometheusMetrics
    }

    private func serveEmbedded(_ surroundings: Surroundings) async throws {
        let store = try await open(observer: surroundings.metrics)
        do {
            let control = await control(of: store)
            try await serve(
                store.uploads, files: store.files,
                [control.map { $0 as any Service }, scrub(of: store, surroundings.metrics)], surroundings)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    /// - Parameter versions: Those of the credentials that are in use.
    private func serve(
        _ store: ClusterStore, credentials versions: [FileVersion?], _ surroundings: Surroundings
    ) async throws {
        var process = self
        let reloader = settings.cluster.credentialsReloader(logger) { store.replace(credentials: $0) }
        if let reloader { process.reloads.append { await reloader.reload() } }
        let watch = reloader.flatMap { reloader in
            FileWatch(
                [settings.cluster.credentials], loaded: versions,
                everyMilliseconds: settings.reloadIntervalMilliseconds
            ) { await reloader.reload() }
        }
        do {
            let publication = BlobPublication(
                store: store, policy: settings.cluster.publication, metrics: surroundings.metrics, logger: logger)
            var redirect: DownloadRedirect?
            if settings.cluster.redirectsDownloads {
                let seconds = settings.cluster.redirectSeconds
                redirect = { blob, type, disposition throws(UploadError) in
                    try await store.downloadURL(of: blob, type: type, disposition: disposition, seconds: seconds)
                }
            }
            let scrub = self.scrub(of: store, surroundings.metrics)
            try await process.serve(
                store.uploads, files: nil, [watch, publication, scrub], redirect: redirect, surroundings)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private func accessLog() async throws(ServeError) -> AccessLogWriter? {
        let (choice, logsTargets, logger) = (settings.accessLog, settings.logsTargets, logger)
        do throws(FileError) {
            return try await blocking { () throws(FileError) in
                let clock = SystemClock()
                return try AccessLogWriter(choice, logsTargets: logsTargets, logger: logger) { clock.now() }
            }
        } catch {
            throw ServeError(.usage, "access-log: \(settings.accessLog): \(error.reason)")
        }
    }

    /// The certificate, and what keeps it up to date.
    private struct Certificate {
        let tls: ServerTLS
        let reloader: CertificateReloader
        let watch: FileWatch?
    }

    private func certificate() async throws(ServeError) -> Certificate? {
        let files: CertificateFiles?
        do throws(SettingsError) {
            files = try settings.certificateFiles()
        } catch {
            throw ServeError(.usage, error.description)
        }
        guard let files else { return nil }
        let clock = SystemClock()
        do throws(CertificateFileError) {
            let paths = files.paths
            let versions = await blocking { FileVersion.all(of: paths) }
            let (tls, reloader) = try await CertificateReloader.load(files, now: { clock.now() }, logger: logger)
            return Certificate(
                tls: tls, reloader: reloader,
                watch: FileWatch(
                    paths, loaded: versions, everyMilliseconds: settings.reloadIntervalMilliseconds
                ) { await reloader.reload() })
        } catch {
            throw ServeError(.usage, error.description)
        }
    }

    private func open(observer: any StoreObserver) async throws(ServeError) -> EmbeddedStore {
        do throws(UploadError) {
            let store = try await EmbeddedStore(
                directory: settings.data, durability: settings.durability.durability, limits: settings.limits,
                threads: settings.threads, observer: observer, writesDirectly: settings.directIO == .automatic)
            logger.info(
                "store opened",
                metadata: [
                    "data": "\(settings.data)", "durability": "\(settings.durability.rawValue)",
                    "repairs": .stringConvertible(store.repairs.count),
                ])
            if store.wasBackup {
                logger.notice(
                    "the backup is a store now; later backups into its directory are refused",
                    metadata: ["data": "\(settings.data)"])
            }
            return store
        } catch {
            guard error.code != .storeLocked else {
                throw ServeError(
                    .temporary,
                    "another process has the store in \(settings.data) open; stop it, or use another directory with --data"
                )
            }
            throw ServeError(.localFile, "the store in \(settings.data) cannot be opened: \(StartUpError.text(error))")
        }
    }

    // MARK: - Serving

    /// - Parameters:
    ///   - files: Opens stored files, if the store has any.
    ///   - services: What belongs to this kind of store.
    ///   - redirect: Where clients get whole blobs instead.
    private func serve<Store: PhotoCatalogue, Blobs: BlobStore>(
        _ uploads: UploadService<Store, Blobs, SystemClock>, files: (any OpenFileProvider)?,
        _ services: [(any Service)?], redirect: DownloadRedirect? = nil, _ surroundings: Surroundings
    ) async throws {
        let wasListening = Mutex(false)
        let address = settings.listen
        let (access, metrics) = (surroundings.access, surroundings.metrics)
        var reloads = self.reloads + access.reloads
        if let certificate = surroundings.certificate { reloads.append { await certificate.reloader.reload() } }
        if let accessLog = surroundings.accessLog { reloads.append { await accessLog.reopen() } }
        let hangUp = hangUps.map { HangUp(signals: $0, reloads: reloads, logger: logger) }
        let sweeper = ExpirySweeper(
            uploads: uploads, every: .milliseconds(settings.sweepIntervalMilliseconds), metrics: metrics, logger: logger
        )
        let derivation = surroundings.pool.map { pool in
            var policy = settings.derivation
            policy.atOnce = settings.imagingLimits.workers
            return PhotoDerivation(
                uploads: uploads, files: files, pool: pool, policy: policy, metrics: metrics, logger: logger)
        }
        var serverConfiguration = configuration(surroundings) { wasListening.withLock { $0 = true } }
        serverConfiguration.downloadRedirect = redirect
        let server = UploadServer(
            uploads: uploads, authenticator: access.authenticator, metrics: metrics,
            prometheus: settings.isMetricsOn ? surroundings.prometheus : nil,
            configuration: serverConfiguration, files: files, logger: logger)
        // Stopped in reverse order.
        let all: [(any Service)?] =
            access.services + [hangUp, surroundings.certificate?.watch] + services + [sweeper, derivation, server]
        let group = ServiceGroup(configuration: configuration(services: all.compactMap(\.self)))
        do {
            try await group.run()
        } catch {
            guard wasListening.withLock({ $0 }) else {
                throw ServeError(.refused, "cannot listen on \(address): \(StartUpError.text(error))")
            }
            throw ServeError(.refused, "the server ended: \(StartUpError.text(error))")
        }
    }

    private func configuration(services: [any Service]) -> ServiceGroupConfiguration {
        // Its messages at info repeat ours.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .milliseconds(settings.shutdownGraceMilliseconds)
        return configuration
    }

    private func configuration(
        _ surroundings: Surroundings, whenListening: @escaping @Sendable () -> Void
    ) -> UploadServerConfiguration {
        let (logger, durability, tls) = (logger, settings.durability, surroundings.certificate?.tls)
        // Audited changes are logged whatever the level.
        var auditLogger = logger
        auditLogger.logLevel = min(logger.logLevel, .notice)
        return UploadServerConfiguration(
            host: settings.listen.host, port: settings.listen.port, limits: settings.http,
            tus: settings.tus, site: settings.site, hasPage: settings.isPageOn, isDeriving: surroundings.pool != nil,
            graceMilliseconds: settings.requestGraceMilliseconds, tls: tls,
            accessLog: surroundings.accessLog?.log, auditLogger: auditLogger,
            onListening: { host, port in
                whenListening()
                logger.info(
                    "listening on \(tls == nil ? "http" : "https")://\(ListenAddress(host: host, port: port))",
                    metadata: ["durability": "\(durability.rawValue)"])
            })
    }

    private func scrub(of store: EmbeddedStore, _ metrics: ServerMetrics) -> (any Service)? {
        guard settings.scrubIntervalMilliseconds > 0 else { return nil }
        return StoreScrubber(
            store: store, every: .milliseconds(settings.scrubIntervalMilliseconds),
            bytesPerSecond: settings.scrubRate, metrics: metrics, logger: logger)
    }

    /// This node's part in the scrub of its cluster.
    private func scrub(of store: ClusterStore, _ metrics: ServerMetrics) -> (any Service)? {
        guard settings.scrubIntervalMilliseconds > 0 else { return nil }
        return StoreScrubber(
            sharing: store.uploads, every: .milliseconds(settings.scrubIntervalMilliseconds),
            bytesPerSecond: settings.scrubRate, metrics: metrics, logger: logger)
    }

    private func control(of store: EmbeddedStore) async -> ControlServer? {
        await ControlServer.listen(in: settings.data, logger: logger) {
            (request, progress) async throws(BackupError) -> BackupSummary in
            try await store.backUp(to: request.directory, linking: request.linking, progress: progress)
        }
    }
}

extension ServerSettings {
    /// The grace period of requests. It is shorter than that of the whole server, so that received bytes are recorded
    /// before connections are cut.
    var requestGraceMilliseconds: Int64 {
        shutdownGraceMilliseconds - min(1000, shutdownGraceMilliseconds / 4)
    }
}
