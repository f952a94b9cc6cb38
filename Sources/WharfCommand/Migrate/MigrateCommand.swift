import ArgumentParser
import FoundationEssentials
import UploadClient
import UploadCore
import Wharf
import WharfCluster

/// `wharf migrate`.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Move a store of a directory into the database and the bucket of a cluster.",
        discussion: """
            Stop the server of the store and all nodes of the cluster first, and run this as the server's user. The database is \
            empty, or one that a migration of this store began to fill; nodes are refused until the migration has finished. Ids, dates, digests and idempotency keys stay the same: the addresses \
            that clients have go on, and so do unfinished uploads, from their offsets.

            The store is opened as `wharf serve` would open it, which recovers from a crash and brings the files of an older \
            release to the current format; nothing else in it is changed. Its backup (`wharf backup`) can be moved in its place, \
            and stays a backup.

            Run it again after an interruption: it continues, and reads no object again that was finished. Once it has finished, it \
            changes nothing any more. If the store was served or repaired in between, it is refused: begin again with an empty \
            database and a new prefix of the bucket, and delete the former prefix. Status 64 means that the database holds something else, \
            or that another bucket was given than at the beginning; 75 means that the database, the bucket or \
            files of the store were not available, and that another call may finish.

            Bytes are hashed on the way and compared with the digests of their uploads. Objects that are damaged in the store are \
            reported, all others are moved, and the database stays closed for nodes: restore their files, and run it again, or run it \
            with --accept-damaged, which accepts no files that cannot be read now, and no faults of the bucket. At the end all rows in the database are compared with those of the store.

            Tokens, settings and quarantined files are not moved.

            The settings of the cluster are those of `wharf serve`, from flags, the environment (WHARF_CATALOGUE, WHARF_OBJECTS) and \
            the file of a node (--config). The password of the database is in PGPASSWORD or the file of PGPASSFILE, the keys of the \
            bucket are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the file of objects-credentials.

            Examples:
              wharf migrate /var/lib/wharf --catalogue postgres://wharf@db/wharf --objects 's3://photos/wharf?region=eu-central-1'
            """)

    @Argument(help: "The directory of the store, or of a backup of it.", completion: .directory)
    var directory: String
    @OptionGroup var cluster: ClusterFlags
    @Option(help: "As for `wharf serve`: require or warn.")
    var catalogueStandbys: String?
    @Option(help: "As for `wharf serve`: power-loss or process-crash.")
    var durability: String?
    @Flag(
        help: """
            Read every object in the bucket once more, and compare it. The next call copies those again that are wrong. A \
            finished migration is not verified: status 1.
            """)
    var verify = false
    @Flag(
        help: """
            Finish although objects are damaged in the store: blobs stay in the lists without their bytes, unfinished uploads \
            begin again.
            """)
    var acceptDamaged = false
    @Flag(help: "Print one JSON object per line.")
    var json = false

    func run() async throws {
        try await run(Output(isJSON: json), environment: ProcessInfo.processInfo.environment)
    }

    func run(_ output: Output, environment: [String: String]) async throws {
        let start = ContinuousClock.now
        try await CommandFailure.reporting(to: output) {
            guard CheckCommand.isStore(directory) else { throw ClientError(noStore: directory) }
            let settings = try await settings(environment)
            let report = try await Interruption.cancelling { try await migrate(settings, output) }
            for line in MigrationFindingLine.lines(of: report) { try await output.result(line.text, line) }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let result = MigrationResult(report, seconds: seconds)
            try await output.result(result.text, result)
            guard result.status == .success else { throw ExitCode(result.status.rawValue) }
        }
    }

    private func settings(_ environment: [String: String]) async throws -> ServerSettings {
        let flags = [("catalogue-standbys", catalogueStandbys), ("durability", durability)]
        let settings: ServerSettings
        do throws(SettingsError) {
            settings = try await cluster.settings(
                with: Dictionary(flags.compactMap { name, value in value.map { (name, $0) } }) { first, _ in first },
                environment: environment)
        } catch {
            throw CommandFailure(error)
        }
        guard settings.cluster.objects != nil else {
            throw CommandFailure(SettingsError("catalogue and objects are not set: give --catalogue and --objects"))
        }
        return settings
    }

    private func migrate(_ settings: ServerSettings, _ output: Output) async throws -> MigrationReport {
        // A backup that is moved stays one.
        let store = try await EmbeddedStore(directory: directory, keepsBackup: true)
        do {
            let report = try await migrate(store, settings, output)
            await store.close()
            return report
        } catch {
            await store.close()
            throw error
        }
    }

    private func migrate(
        _ store: EmbeddedStore, _ settings: ServerSettings, _ output: Output
    ) async throws -> MigrationReport {
        let cluster = settings.cluster
        guard let bucket = cluster.objects else { throw CommandFailure(SettingsError("objects is not set")) }
        var options = MigrationOptions()
        (options.verifies, options.acceptsDamage) = (verify, acceptDamaged)
        let progress = MigrationProgressLine(output)
        let migration: StoreMigration
        do throws(ServeError) {
            let credentials = try await cluster.loadCredentials()
            let objectSettings = try await cluster.loadObjectSettings()
            do throws(ClusterStoreError) {
                migration = try await StoreMigration(
                    from: store, to: cluster.postgres(settings.durability.durability), objects: bucket.location,
                    credentials: credentials, objectSettings: objectSettings, options: options,
                    show: { progress.latest = $0 })
            } catch {
                throw cluster.serveError(error)
            }
        } catch {
            throw CommandFailure(error)
        }
        for warning in migration.warnings { await output.note("warning: \(warning)") }
        let outcome: Result<MigrationReport, MigrationError> = await progress.showing {
            do throws(MigrationError) {
                return .success(try await migration.run())
            } catch {
                return .failure(error)
            }
        }
        await migration.close()
        switch outcome {
        case .success(let report): return report
        case .failure(let error):
            if error.code == .cancelled { try Task.checkCancellation() }
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    fileprivate init(_ error: MigrationError) {
        let status: CommandStatus = error.isTemporary ? .temporary : error.isWrongSetting ? .usage : .refused
        self.init(status: status, code: error.code.rawValue, message: error.message, advice: error.advice)
    }
}
