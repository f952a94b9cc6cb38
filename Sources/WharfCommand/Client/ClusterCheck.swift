import ArgumentParser
import FoundationEssentials
import SessionCore
import UploadCore
import WharfCluster

/// Where `wharf check` and `wharf migrate` find the store of a cluster: settings of `wharf serve`, from the same flags,
/// variables and file.
struct ClusterFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("The database of a cluster; its password belongs in PGPASSWORD.", valueName: "uri"))
    var catalogue: String?
    @Option(help: ArgumentHelp("The bucket of a cluster: s3://bucket/prefix?region=…", valueName: "location"))
    var objects: String?
    @Option(
        help: ArgumentHelp("A credentials file of AWS's tools, instead of the environment.", valueName: "file"),
        completion: .file())
    var objectsCredentials: String?
    @Option(
        help: ArgumentHelp("A PEM file of certificate authorities for the bucket's endpoint.", valueName: "file"),
        completion: .file())
    var objectsAuthorities: String?
    @Option(help: ArgumentHelp("The settings file of a node.", valueName: "file"), completion: .file())
    var config: String?

    /// The given settings by their names.
    var named: [String: String] {
        let flags = [
            ("catalogue", catalogue), ("objects", objects), ("objects-credentials", objectsCredentials),
            ("objects-authorities", objectsAuthorities), (Setting.fileName, config),
        ]
        return Dictionary(flags.compactMap { name, value in value.map { (name, $0) } }) { first, _ in first }
    }

    /// Whether settings are given by which `wharf serve` would open the store of a cluster.
    func isMeant(_ environment: [String: String]) -> Bool {
        let variables = ["catalogue", "objects", Setting.fileName].compactMap { Setting.byName[$0]?.variable }
        return !named.isEmpty || variables.contains { environment[$0]?.isEmpty == false }
    }

    /// Checks the store that the settings name.
    func check(verifying: Bool, repair: Bool, _ output: Output) async throws {
        let store: ClusterStore
        do {
            let settings = try await settings(environment: ProcessInfo.processInfo.environment)
            guard let opened = try await settings.cluster.openForCheck() else {
                return try await CheckCommand.check(settings.data, repair: repair, output)
            }
            store = opened
        } catch let error as SettingsError {
            throw CommandFailure(error)
        } catch let error as ServeError {
            throw CommandFailure(error)
        }
        for warning in store.warnings { await output.note("warning: \(warning)") }
        do {
            try await Self.check(
                store.uploads.maintenance, verifying: verifying, repair: repair, output,
                publications: verifying ? store : nil)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    /// Reads these and other flags, the environment and the file, as `wharf serve` does.
    ///
    /// - Parameter others: More flags, by the names of their settings.
    func settings(
        with others: [String: String] = [:], environment: [String: String]
    ) async throws(SettingsError) -> ServerSettings {
        let flags = named.merging(others) { first, _ in first }
        let settings = try await EffectiveSettings.read(flags: flags, environment: environment).values
        try settings.requireWholeCluster()
        return settings
    }

    /// Prints issues as they are found, and repairs them one by one.
    ///
    /// - Parameter publications: The store whose published objects are checked, too; nil to check none.
    static func check<Store: SegmentCatalogueMaintenance, Blobs: SegmentStoreMaintenance, Time: WallClock>(
        _ maintenance: Maintenance<Store, Blobs, Time>, verifying: Bool, repair: Bool, _ output: Output,
        publications: ClusterStore? = nil
    ) async throws {
        var check = maintenance.segmentCheck(verifyingBytes: verifying)
        var repairs = Repairs()
        var ofPublications: (findings: UInt64, bytes: UInt64, unread: UInt64) = (0, 0, 0)
        do {
            while let issues = try await check.step() {
                for issue in issues {
                    let line = CheckIssueLine(issue)
                    try await output.result(line.text, line)
                    guard repair else { continue }
                    try await repairs.perform { () throws(UploadError) in try await maintenance.repair(issue) }
                }
            }
            if let publications {
                let isRepairable = check.isBucketOfCatalogue != false
                var check = publications.publicationCheck()
                while let issues = try await check.step() {
                    ofPublications.findings += UInt64(issues.count)
                    ofPublications.unread += UInt64(issues.count { $0.kind == .unreadable })
                    for issue in issues {
                        let line = CheckIssueLine(issue, repairable: isRepairable)
                        try await output.result(line.text, line)
                        guard repair, line.repairable else { continue }
                        try await repairs.perform { () throws(UploadError) in try await publications.repair(issue) }
                    }
                }
                ofPublications.bytes = check.bytesVerified
            }
        } catch let error as UploadError {
            throw Self.failure(error, "The check was not completed")
        }
        var totals = check.totals
        totals.findings += ofPublications.findings
        totals.bytesVerified += ofPublications.bytes
        totals.unread += ofPublications.unread
        let summary = CheckSummary(totals, repaired: repairs.succeeded)
        try await output.result(summary.text, summary)
        if let failure = repairs.failure {
            throw Self.failure(failure, "\(repairs.failed) of the issues were not repaired")
        }
        guard totals.unread == 0 else { throw CommandFailure(unread: totals.unread) }
        guard totals.findings == 0 else { throw ExitCode(CommandStatus.refused.rawValue) }
    }

    /// Unlike what clients see it has the cause.
    private static func failure(_ error: UploadError, _ consequence: String) -> CommandFailure {
        CommandFailure(
            status: error.code == .unavailable ? .temporary : .refused, code: error.code.rawValue,
            message: CommandFailure.sentence("\(consequence): \(StartUpError.text(error))"), advice: error.advice)
    }
}

extension CommandFailure {
    /// - Parameter count: Of the uploads and published objects that the bucket has failed to return.
    fileprivate init(unread count: UInt64) {
        self.init(
            status: .temporary, code: UploadError.Code.unavailable.rawValue,
            message: "The bytes of \(count) of the issues could not be read, and were not verified.",
            advice: "Run the check again, and read the log of the engine.")
    }
}

/// The repairs of a check. One that fails does not hold up the others.
private struct Repairs {
    private(set) var succeeded = 0
    private(set) var failed = 0
    private(set) var failure: UploadError?
    private var failedInRow = 0

    /// The failed repairs in a row after which a check ends: each has taken all its attempts.
    private static let failuresMax = 3

    /// - Parameter repair: Returns whether there was anything to repair.
    /// - Throws: The failure that ends the check.
    mutating func perform(_ repair: () async throws(UploadError) -> Bool) async throws(UploadError) {
        do throws(UploadError) {
            if try await repair() { succeeded += 1 }
            failedInRow = 0
        } catch {
            (failed, failedInRow, failure) = (failed + 1, failedInRow + 1, error)
            if failedInRow == Self.failuresMax { throw error }
        }
    }
}
