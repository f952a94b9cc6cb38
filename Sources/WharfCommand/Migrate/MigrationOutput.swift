import SessionCore
import Synchronization
import WharfCluster

/// The output of `migrate` for an object whose bytes are not in the cluster.
struct MigrationFindingLine: Encodable, Sendable {
    enum Finding: String, Encodable, Sendable {
        case damaged
        case unreadable
        case wrongInBucket
    }

    let finding: Finding
    let upload: String
    let problem: String

    static func lines(of report: MigrationReport) -> [Self] {
        let all: [(Finding, [MigrationReport.Finding])] = [
            (.damaged, report.damaged), (.unreadable, report.unreadable), (.wrongInBucket, report.wrongInBucket),
        ]
        return all.flatMap { kind, findings in
            findings.map { Self(finding: kind, upload: $0.upload.text, problem: $0.problem) }
        }
    }

    var text: String {
        let name =
            switch finding {
            case .damaged: "damaged"
            case .unreadable: "unreadable now"
            case .wrongInBucket: "wrong in the bucket"
            }
        return "\(name): upload \(upload): \(problem)"
    }
}

/// The last line of `migrate`.
struct MigrationResult: Encodable, Sendable {
    let finished: Bool
    /// By an earlier call; this one has changed nothing.
    let finishedBefore: Bool
    /// By table.
    let rows: [String: Int]
    let objects: Int
    let bytes: UInt64
    let objectsCopied: Int
    let bytesCopied: UInt64
    let objectsVerified: Int
    let damaged: Int
    let unreadable: Int
    let wrongInBucket: Int
    /// A verification was asked for, and did not take place.
    let notVerified: Bool
    let seconds: Double

    init(_ report: MigrationReport, seconds: Double) {
        finished = report.isFinished
        finishedBefore = report.wasFinished
        rows = Dictionary(report.rows.map { ($0.table, $0.count) }) { first, _ in first }
        objects = report.objects
        bytes = report.bytes
        objectsCopied = report.objectsCopied
        bytesCopied = report.bytesCopied
        objectsVerified = report.objectsVerified
        damaged = report.damaged.count
        unreadable = report.unreadable.count
        wrongInBucket = report.wrongInBucket.count
        notVerified = report.lacksVerification
        self.seconds = (seconds * 10).rounded() / 10
    }

    /// Temporary if only a later call is needed.
    var status: CommandStatus {
        if damaged > 0 || wrongInBucket > 0 || notVerified { return .refused }
        return unreadable > 0 ? .temporary : .success
    }

    var text: String {
        if finishedBefore {
            return "the store was moved before; nothing was changed"
                + (notVerified ? "; not verified: nodes may have changed it" : "")
        }
        let names = ["capsules", "uploads", "memories"].map { "\(rows[$0] ?? 0) \($0)" }.joined(separator: ", ")
        return "\(names), \(objects) objects of \(HumanReadable.bytes(bytes)); "
            + "\(objectsCopied) objects of \(HumanReadable.bytes(bytesCopied)) copied now"
            + (objectsVerified == 0 ? "" : ", \(objectsVerified) verified in the bucket")
            + (damaged == 0 ? "" : ", \(damaged) damaged")
            + (unreadable == 0 ? "" : ", \(unreadable) unreadable now")
            + (wrongInBucket == 0 ? "" : ", \(wrongInBucket) wrong in the bucket") + ", \(seconds) s: "
            + (finished ? "finished, nodes can be started" : "not finished" + advice)
    }

    private var advice: String {
        (wrongInBucket == 0
            ? "" : "; run the same command again: it copies once more the objects that are wrong in the bucket")
            + (unreadable == 0
                ? "" : "; run the same command again once the files can be read: it continues")
            + (damaged == 0 ? "" : "; restore the damaged files, or finish with --accept-damaged")
    }
}

/// Shows the progress: a line on a terminal a few times a second, otherwise one every ten seconds.
final class MigrationProgressLine: Sendable {
    private let output: Output
    private let state = Mutex(MigrationProgress())

    init(_ output: Output) {
        self.output = output
    }

    var latest: MigrationProgress {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    func showing<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        let drawing = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: output.isTerminal ? .milliseconds(200) : .seconds(10))
                if Task.isCancelled { break }
                if output.isTerminal { await output.status(text) } else { await output.note(text) }
            }
            await output.status(nil)
        }
        let value = await body()
        drawing.cancel()
        await drawing.value
        return value
    }

    private var text: String {
        let progress = latest
        return "\(progress.rows) rows, \(progress.objects) of \(progress.objectsTotal) objects, "
            + "\(HumanReadable.bytes(progress.bytes)) of \(HumanReadable.bytes(progress.bytesTotal))"
            + (progress.verified == 0 ? "" : ", \(progress.verified) verified")
    }
}
