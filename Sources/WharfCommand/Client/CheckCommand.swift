import ArgumentParser
import DurableFiles
import Glibc
import NativeWire
import SessionCore
import UploadClient
import UploadCore
import Wharf

/// `wharf check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a store: that every byte is what it was when it was acknowledged.",
        discussion: """
            Reads everything. The server that uses the store has to be stopped. What a crash left is repaired when the store is \
            opened, as the server does. Exit status 1 if anything was found.
            """)

    @Option(help: "The store's directory.", completion: .directory)
    var data = "data"
    @Flag(help: "Repair what can be: pieces whose bytes are lost are asked for again, strange files set aside.")
    var repair = false
    @Flag(help: "One JSON object a line, for programs.")
    var json = false

    func run() async throws {
        try await Self.check(data, repair: repair, Output(isJSON: json))
    }

    static func check(_ directory: String, repair: Bool, _ output: Output) async throws {
        try await Failure.reporting(to: output) {
            // Opening would make a store where there is none: a mistyped path would be found clean.
            guard access(directory + "/catalogue.db", F_OK) == 0 else { throw ClientError(noStore: directory) }
            let store = try await EmbeddedStore(directory: directory)
            do {
                try await check(store, repair: repair, output)
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    private static func check(_ store: EmbeddedStore, repair: Bool, _ output: Output) async throws {
        let report = try await store.check()
        for finding in report.issues {
            let line = CheckIssueLine(finding)
            try await output.result(line.text, line)
        }
        let repaired = repair ? try await store.repair(report) : 0
        let summary = CheckSummary(report, recovered: store.repairs.count, repaired: repaired)
        try await output.result(summary.text, summary)
        guard report.isClean else { throw ExitCode(CommandStatus.refused.rawValue) }
    }
}

/// A finding as `check` tells it.
struct CheckIssueLine: Encodable, Sendable {
    let kind: String
    let upload: String?
    let detail: String
    let repairable: Bool

    init(_ finding: CheckIssue) {
        kind = finding.kind.rawValue
        upload = finding.upload?.text
        detail = finding.detail
        repairable = finding.repair != nil
    }

    var text: String {
        "\(kind)\(upload.map { "  upload \($0)" } ?? "")  \(detail)\(repairable ? "  (can be repaired)" : "")"
    }
}

/// The last line of `check`.
struct CheckSummary: Encodable, Sendable {
    let uploads: UInt64
    let objects: UInt64
    let bytesVerified: UInt64
    let findings: Int
    /// What was repaired when the store was opened.
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

    var text: String {
        "\(uploads) uploads, \(objects) objects, \(Quantities.bytes(bytesVerified)) verified: "
            + (findings == 0 ? "clean" : "\(findings) findings")
            + (recovered == 0 ? "" : ", \(recovered) leftovers of a crash cleared")
            + (repaired == 0 ? "" : ", \(repaired) repaired")
    }
}
