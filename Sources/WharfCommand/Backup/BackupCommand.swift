import ArgumentParser
import DurableFiles
import Glibc
import UploadClient
import UploadCore
import Wharf

/// `wharf backup`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back a store up, beside its server or without one.",
        discussion: """
            The backup is the store at one moment: every blob, and every unfinished upload with the bytes that were durable. \
            Run it again on the same directory to bring it up to date: objects that are there already are kept. A backup that \
            fails or is interrupted leaves the former one intact.

            If a server has the store open, it makes the backup: DIR must be writable for its user, and this command must run \
            as that user (the request goes over the socket “control” in the store's directory).

            On the same file system as the store, finished objects become hard links: they take no time and no space, protect \
            from deletion and mistakes, and are lost with the disk. --copy copies every object, which on some file systems (Btrfs, XFS) \
            still shares the blocks. Only another disk protects from a damaged one.

            `wharf check DIR` verifies every byte of a backup. To restore one, serve it: `wharf serve --data DIR`, or a copy \
            of it. It is a store from then on, and refused as the directory of a backup. So is the backup of another store.

            Exit status 1 if objects of the store were missing or short: the others are in the backup.

            Examples:
              wharf backup /backup/wharf --data /var/lib/wharf
              wharf backup /mnt/disk/wharf --data /var/lib/wharf --copy
            """)

    @Argument(help: "The directory of the backup; created if it does not exist.", completion: .directory)
    var directory: String
    @Option(help: "The store's directory.", completion: .directory)
    var data = "data"
    @Flag(help: "Copy every object; never make hard links.")
    var copy = false
    @Flag(help: "Print one JSON object per line.")
    var json = false

    func run() async throws {
        try await Self.backUp(data, to: directory, linking: !copy, Output(isJSON: json))
    }

    static func backUp(_ data: String, to directory: String, linking: Bool, _ output: Output) async throws {
        let start = ContinuousClock.now
        try await CommandFailure.reporting(to: output) {
            let request = ControlRequest.Backup(directory: try absolute(directory), linking: linking)
            let counts = try await Interruption.cancelling {
                let line = BackupProgressLine(output)
                let counts = try await ControlClient.backUp(request, storeIn: data) { await line.show($0) }
                if let counts { return counts }
                return try await backUpHere(data, request)
            }
            for detail in counts.damaged { await output.note("damaged: \(detail)") }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let result = BackupResult(directory: directory, counts, seconds: seconds)
            try await output.result(result.text, result)
            guard counts.damagedCount == 0 else { throw ExitCode(CommandStatus.refused.rawValue) }
        }
    }

    /// Opens the store, which no server has open.
    private static func backUpHere(_ data: String, _ request: ControlRequest.Backup) async throws -> BackupCounts {
        guard CheckCommand.isStore(data) else { throw ClientError(noStore: data) }
        // A backup that is copied stays one.
        let store = try await EmbeddedStore(directory: data, keepsBackup: true)
        let result: Result<BackupSummary, BackupError>
        do throws(BackupError) {
            result = .success(try await store.backUp(to: request.directory, linking: request.linking))
        } catch {
            result = .failure(error)
        }
        await store.close()
        switch result {
        case .success(let summary): return BackupCounts(summary)
        case .failure(let error):
            try Task.checkCancellation()
            throw CommandFailure(BackupFailure(error))
        }
    }

    /// The server may have another working directory.
    private static func absolute(_ path: String) throws -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else {
            throw ClientError(.localFile, "The working directory does not exist.", advice: "Give an absolute path.")
        }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }
}

/// The output of `backup`.
struct BackupResult: Encodable, Sendable {
    let directory: String
    let objects: Int
    let linked: Int
    let copied: Int
    let kept: Int
    let removed: Int
    let bytesCopied: UInt64
    let damaged: Int
    let seconds: Double
    private let counts: BackupCounts

    private enum CodingKeys: CodingKey {
        case directory, objects, linked, copied, kept, removed, bytesCopied, damaged, seconds
    }

    init(directory: String, _ counts: BackupCounts, seconds: Double) {
        self.directory = directory
        objects = counts.objects
        linked = counts.linked
        copied = counts.copied
        kept = counts.kept
        removed = counts.removed
        bytesCopied = counts.bytesCopied
        damaged = counts.damagedCount
        self.seconds = (seconds * 10).rounded() / 10
        self.counts = counts
    }

    var text: String { "\(directory): \(counts.text), \(seconds) s" }
}

/// Shows the progress on a terminal, a few times a second.
private actor BackupProgressLine {
    private let output: Output
    private var shownAt: ContinuousClock.Instant?

    init(_ output: Output) {
        self.output = output
    }

    func show(_ counts: BackupCounts) async {
        let now = ContinuousClock.now
        guard output.isTerminal, shownAt.map({ now - $0 > .milliseconds(200) }) ?? true else { return }
        shownAt = now
        await output.raw("\r\u{1B}[K\(counts.progressText)\r")
    }
}
