package import BlobStorageS3
package import CataloguePostgres
import CatalogueRows
import CatalogueSQLite
import SessionCore
import Synchronization
import UploadCore
package import Wharf

/// Moves a store of a directory into an empty cluster: all rows of the catalogue with their ids, dates and digests, and the bytes
/// of all uploads.
///
/// The store is open, so that no server changes it meanwhile, and is only read. The database belongs to the migration until it is
/// finished: nodes are refused, and what nodes write that were open before as well. A migration that ended early is
/// continued by the next call; a finished one changes nothing.
///
///     let migration = try await StoreMigration(from: store, to: postgres, objects: location, credentials: credentials)
///     let report = try await migration.run()
///     await migration.close()
package final class StoreMigration: Sendable {
    let source: CatalogueSQLite
    let store: EmbeddedStore
    let target: CataloguePostgres
    let blobs: S3BlobStore
    let options: MigrationOptions
    private let bucket: String
    private let willStep: @Sendable (MigrationStep) throws(MigrationError) -> Void
    private let progress: Mutex<MigrationProgress>
    private let show: @Sendable (MigrationProgress) -> Void

    /// Opens the target, and tests the bucket with one small object.
    ///
    /// - Parameters:
    ///   - willStep: Called before each step; an error ends the migration there.
    ///   - show: Called often, with the progress.
    package init(
        from store: EmbeddedStore, to catalogue: PostgresSettings, objects location: S3Location,
        credentials: S3Credentials, objectSettings: S3Settings = S3Settings(),
        options: MigrationOptions = MigrationOptions(),
        willStep: @escaping @Sendable (MigrationStep) throws(MigrationError) -> Void = { _ in },
        show: @escaping @Sendable (MigrationProgress) -> Void = { _ in }
    ) async throws(ClusterStoreError) {
        self.store = store
        source = store.uploads.sessions.catalogue
        self.options = options
        self.willStep = willStep
        self.show = show
        progress = Mutex(MigrationProgress())
        bucket = location.identity
        var settings = catalogue
        // The statements of a migration are longer than those of requests.
        settings.statementTimeout = max(settings.statementTimeout, .seconds(600))
        do throws(UploadError) {
            target = try await CataloguePostgres(migratingTo: settings)
        } catch {
            throw .catalogue(error)
        }
        do throws(ClusterStoreError) {
            blobs = try await ClusterStore.bucket(location, credentials, target, SystemClock(), objectSettings) {
                blobs throws(S3Error) in try await blobs.prepare()
            }
        } catch {
            await target.close()
            throw error
        }
    }

    /// What the operator should know about the durability of the database, in words.
    package var warnings: [String] { target.warnings }

    /// Closes all connections to the target; the store stays open.
    package func close() async {
        await blobs.shutdown()
        await target.close()
    }

    package func run() async throws(MigrationError) -> MigrationReport {
        let tables = try await digests(of: { table, key async throws(MigrationError) in
            try await migrating(MigrationError.store) { () async throws(UploadError) in
                try await self.source.rows(of: table, after: key)
            }
        })
        var report = MigrationReport()
        report.rows = tables.map { ($0.table.name, $0.rows.count) }
        let former = try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
            try await target.migrationState()
        }
        // Before the database is closed to the nodes of another bucket.
        if former == nil {
            try await recognizing { bucket throws(ClusterStoreError) in try await bucket.requireMark() }
        }
        let state = try await begin(tables)
        let counts = try await migrating(MigrationError.store) { () async throws(UploadError) in
            try await source.countMovedObjects()
        }
        update { ($0.objectsTotal, $0.bytesTotal) = counts }
        if state.isFinished {
            (report.wasFinished, report.isFinished) = (true, true)
            report.lacksVerification = options.verifies
        } else {
            // Once the database is known to be for this store. What a bucket of a migration has lost is copied again.
            try await recognizing { bucket throws(ClusterStoreError) in _ = try await bucket.requireBucket() }
            for (table, rows) in tables { try await move(table, count: rows.count) }
            try await copyObjects(into: &report)
            try await compareRows(with: tables)
            // Later, nodes may have changed and deleted what was moved.
            if options.verifies { try await verifyObjects(into: &report) }
            if report.permitsFinish(options) {
                try await finish(without: report.damaged)
                report.isFinished = true
            }
        }
        return report
    }

    // MARK: - Steps

    /// - Throws: The error of a test, or `cancelled`.
    func step(_ step: MigrationStep) throws(MigrationError) {
        if Task.isCancelled { throw .cancelled }
        try willStep(step)
    }

    func update(_ change: (inout MigrationProgress) -> Void) {
        show(
            progress.withLock { progress in
                change(&progress)
                return progress
            })
    }

    private func begin(_ tables: [(table: MovedTable, rows: RowDigest)]) async throws(MigrationError) -> MigrationState
    {
        let (store, secret) = try await migrating(MigrationError.store) { () async throws(UploadError) in
            (try await source.storeId(), try await source.linkSecret())
        }
        let all = Digest(of: tables.flatMap(\.rows.digest.bytes))
        let origin = MigrationOrigin(store: store, rows: all, objects: bucket)
        try step(.begin)
        let state = try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
            try await target.beginMigration(from: origin, secret)
        }
        guard let state else { throw .targetNotEmpty }
        guard state.origin.store == origin.store else { throw .otherStore }
        guard state.origin.rows == origin.rows else {
            throw state.isFinished ? .usedAfterMigration : .storeChanged
        }
        guard state.origin.objects == origin.objects else { throw .otherBucket(state.origin.objects) }
        return state
    }

    private func recognizing(
        _ body: (BucketRecognition) async throws(ClusterStoreError) -> Void
    ) async throws(MigrationError) {
        do throws(ClusterStoreError) {
            try await body(BucketRecognition(catalogue: target, blobs: blobs))
        } catch {
            switch error {
            case .catalogue(let error): throw Task.isCancelled ? .cancelled : .catalogue(error)
            case .objects(let error): throw Task.isCancelled ? .cancelled : .bucket(error)
            }
        }
    }

    private func finish(without damaged: [MigrationReport.Finding]) async throws(MigrationError) {
        try step(.finish)
        do throws(UploadError) {
            try await target.finishMigration(without: damaged.map(\.upload))
        } catch {
            guard error.code == .storeCorrupt else { throw .catalogue(error) }
            throw MigrationError(
                .storeFailed, "The rows of the store contradict each other: \(error.debugDescription)",
                advice: "Run `wharf check` on the store. The database was not opened for nodes.")
        }
    }
}
