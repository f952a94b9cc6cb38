import ArgumentParser
import DurableFiles
import FoundationEssentials
import Glibc
import NativeWire
import SessionCore
import UploadClient
import UploadCore
import Wharf
import WharfCluster

/// `wharf check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Verify every acknowledged byte of a store.",
        discussion: """
            Reads the whole store, or a backup of it. Stop its server first. Opening the store recovers from crashes, as starting \
            the server does. Exit status 1 if issues were found.

            The store of a cluster is checked beside its nodes: its database by itself, the recorded segments against the list of \
            the bucket, and with --verify every byte, also of published objects. Only --repair changes anything. The settings of \
            `wharf serve` hold, from flags, the environment and the file.

            Examples:
              wharf check --data /var/lib/wharf
              wharf check /backup/wharf
              wharf check --catalogue postgres://wharf@db.example.org/wharf --objects 's3://photos/wharf?region=eu-central-1'
            """)

    @Argument(help: "The directory of the store or backup. (default: that of --data)", completion: .directory)
    var directory: String?
    @Option(help: "The store's directory. (default: data)", completion: .directory)
    var data: String?
    @OptionGroup var cluster: ClusterFlags
    @Flag(help: "Read every byte of a cluster's bucket, too. A store in a directory is always read.")
    var verify = false
    @Flag(
        help: """
            Repair what is possible: clients send lost pieces again, unknown files and segments are quarantined, altered \
            objects are published again.
            """)
    var repair = false
    @Flag(help: "Print one JSON object per line.")
    var json = false

    func validate() throws {
        guard directory == nil || data == nil else {
            throw ValidationError("Name the directory once, as an argument or with --data.")
        }
        guard directory ?? data == nil || cluster.named.isEmpty else {
            throw ValidationError("Check a directory, or a cluster with --catalogue and --objects.")
        }
    }

    func run() async throws {
        let output = Output(isJSON: json)
        guard directory ?? data == nil, cluster.isMeant(ProcessInfo.processInfo.environment) else {
            return try await Self.check(directory ?? data ?? "data", repair: repair, output)
        }
        try await CommandFailure.reporting(to: output) {
            try await cluster.check(verifying: verify, repair: repair, output)
        }
    }

    static func check(_ directory: String, repair: Bool, _ output: Output) async throws {
        try await CommandFailure.reporting(to: output) {
            // Opening creates a store if there is none: a mistyped path would be reported as clean.
            guard isStore(directory) else { throw ClientError(noStore: directory) }
            do {
                try await open(directory) { store in try await check(store, repair: repair, output) }
            } catch let error as UploadError where error.code == .storeCorrupt {
                // The error's own advice is to run this command.
                throw ClientError(damaged: directory, error)
            }
        }
    }

    static func isStore(_ directory: String) -> Bool {
        ["/catalogue.db", "/bytes"].contains { access(directory + $0, F_OK) == 0 }
    }

    private static func open(_ directory: String, _ body: (EmbeddedStore) async throws -> Void) async throws {
        let store = try await EmbeddedStore(directory: directory, keepsBackup: true)
        do {
            try await body(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private static func check(_ store: EmbeddedStore, repair: Bool, _ output: Output) async throws {
        let report = try await store.check()
        for issue in report.issues {
            let line = CheckIssueLine(issue)
            try await output.result(line.text, line)
        }
        let repaired = repair ? try await store.repair(report) : 0
        let summary = CheckSummary(report, recovered: store.repairs.count, repaired: repaired)
        try await output.result(summary.text, summary)
        guard report.isClean else { throw ExitCode(CommandStatus.refused.rawValue) }
    }
}

/// The output of `check` for an issue.
struct CheckIssueLine: Encodable, Sendable {
    let kind: String
    let upload: String?
    let detail: String
    let advice: String
    let repairable: Bool

    init(_ issue: CheckIssue) {
        kind = issue.kind.rawValue
        upload = issue.upload?.text
        detail = issue.detail
        advice = issue.advice
        repairable = issue.repair != nil
    }

    init(_ issue: PublicationIssue, repairable: Bool) {
        kind = issue.kind.rawValue
        upload = issue.upload.text
        detail = issue.detail
        self.repairable = repairable && issue.isRepairable
        advice =
            switch (issue.kind, repairable) {
            case (.unreadable, _): "Run the check again, and read the log of the engine."
            case (_, true): "Repair the store: a node that publishes makes the object once more."
            case (_, false): "Check that the database and the bucket belong together."
            }
    }

    var text: String {
        "\(kind)\(upload.map { "  upload \($0)" } ?? "")  \(detail)  \(advice)\(repairable ? "  (repairable)" : "")"
    }
}

/// The last line of `check`.
struct CheckSummary: Encodable, Sendable {
    let uploads: UInt64
    let objects: UInt64
    let bytesVerified: UInt64
    let findings: Int
    /// Leftovers of a crash that opening the store removed.
    let recovered: Int
    let repaired: Int

    init(_ report: CheckReport, recovered: Int, repaired: Int) {
        uploads = report.uploads
        objects = report.objects
        bytesVerified = report.bytesVerified
        findings = report.issues.count
        self.recovered = recovered
        self.repaired = repaired
    }

    init(_ totals: SegmentCheckTotals, repaired: Int) {
        uploads = totals.uploads
        objects = totals.objects
        bytesVerified = totals.bytesVerified
        findings = Int(clamping: totals.findings)
        recovered = 0
        self.repaired = repaired
    }

    var text: String {
        "\(uploads) uploads, \(objects) objects, \(HumanReadable.bytes(bytesVerified)) verified: "
            + (findings == 0 ? "clean" : findings == 1 ? "1 issue" : "\(findings) issues")
            + (recovered == 0 ? "" : ", \(recovered) leftovers of a crash cleared")
            + (repaired == 0 ? "" : ", \(repaired) repaired")
    }
}
