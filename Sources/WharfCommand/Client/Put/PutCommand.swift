import ArgumentParser
import DurableFiles
import NativeWire
import Synchronization
import UploadClient

/// `wharf put`.
struct PutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Upload files, directories, or standard input.",
        discussion: """
            Acknowledged bytes are never sent again: after Ctrl-C, a crash or a lost connection, run the same command again to \
            resume. A file that changed meanwhile starts over. Standard input (“-”) cannot be resumed. Prints the blob's id, its \
            SHA-256 and the path of each file.

            With --photos the pictures among the files become memories of the original and its renditions (display, thumb, \
            placeholder). The server makes the renditions, or, if it does not derive photos, wharf-imaging on this machine (found \
            beside wharf, along PATH, or by $WHARF_IMAGING). Photos that the capsule already has are skipped. Prints the memory's \
            id, its number of assets, and the path.

            Examples:
              wharf put film.mov photos/
              wharf put --photos ~/wedding --capsule Wedding
              tar -c letters | wharf put - --name letters.tar
            """)

    @Argument(help: "Files, directories (recursively), or - for standard input.", completion: .file())
    var sources: [String]
    @Option(help: "The id or title of the capsule to upload to, or “default”. (default: your own)")
    var capsule: String?
    @Option(help: "Name of the upload, for one source only. (default: the file's name)")
    var name: String?
    @Option(help: "Media type, such as image/jpeg. (default: application/octet-stream)")
    var type: String?
    @Option(
        help: "Chunk size, such as 8388608 or 8MiB. (default: the server's choice)",
        transform: { text in
            guard let bytes = Quantity.bytes(text) else {
                throw ValidationError("“\(text)” is not a size; use bytes, or 64KiB, 8MiB.")
            }
            return bytes
        })
    var chunkSize: UInt64?
    @Option(help: "Chunks sent at once, 1 to 64.")
    var parallel = 4
    @Option(
        help:
            "Directory for the state of unfinished uploads; empty for none. (default: $XDG_STATE_HOME/wharf or ~/.local/state/wharf)",
        completion: .directory)
    var stateDir: String?
    @Flag(help: "Make memories of the pictures among the files, and skip all other files.")
    var photos = false
    @Flag(help: "With --photos: derive on this machine with wharf-imaging while the originals are uploaded.")
    var deriveHere = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel must be from 1 to 64.") }
        guard chunkSize != 0 else { throw ValidationError("--chunk-size must be at least 1.") }
        guard sources.filter({ $0 == "-" }).count <= 1 else { throw ValidationError("- can be given only once.") }
        if photos, name != nil || type != nil || sources.contains("-") {
            throw ValidationError("--photos accepts files and directories only, without --name and --type.")
        }
        if deriveHere, !photos { throw ValidationError("--derive-here requires --photos.") }
        if name != nil, sources.count > 1 { throw ValidationError("--name requires a single source.") }
    }

    func run() async throws {
        try await connection.run(connections: parallel + 1) { client, output in
            var command = self
            command.capsule = try await client.capsuleId(named: capsule)
            command.stateDir = try await usableStateDirectory(output)
            try await command.putAll(client, output)
        }
    }

    private func putAll(_ client: UploadClient, _ output: Output) async throws {
        if photos { return try await putPhotos(client, output) }
        let sources = sources
        let items = try await blocking { () throws(ClientError) in
            try PutItem.items(sources)
        }
        if name != nil, items.count != 1 { throw ValidationError("--name requires a single file.") }
        var firstFailure: CommandStatus?
        for item in items {
            do {
                try await put(item, client, output)
            } catch let error as ClientError {
                let failure = CommandFailure(error)
                // A server that is unreachable or busy affects the other files too.
                if failure.status == .temporary || items.count == 1 { throw error }
                try await failure.report(to: output, path: item.label)
                firstFailure = firstFailure ?? failure.status
            }
        }
        if let firstFailure { throw ExitCode(firstFailure.rawValue) }
    }

    var resumeStore: ResumeStore? {
        stateDir.flatMap { $0.isEmpty ? nil : ResumeStore(directory: $0) }
    }

    /// The directory of the states, which exists and can be written to; empty for none. Without a place for them files are
    /// sent all the same: that only another run could not resume them is a warning.
    ///
    /// - Throws: `local_file` for a directory that was named and cannot be used.
    private func usableStateDirectory(_ output: Output) async throws -> String {
        if let stateDir, stateDir.isEmpty { return "" }
        let directory = stateDir ?? ResumeStore.defaultDirectory(environment: ConnectionOptions.variable)
        guard let directory else {
            await output.note(
                "wharf: HOME is not set: if this is interrupted, the next run starts over. Give --state-dir.")
            return ""
        }
        do throws(ClientError) {
            try await blocking { () throws(ClientError) in try ResumeStore(directory: directory).prepare() }
            return directory
        } catch {
            guard stateDir == nil else { throw error }
            await output.note(
                "wharf: \(error.message) If this is interrupted, the next run starts over. Give --state-dir.")
            return ""
        }
    }

    private func put(_ item: PutItem, _ client: UploadClient, _ output: Output) async throws {
        let options = PutOptions(
            capsule: capsule, name: name ?? item.name, type: type, chunkSize: chunkSize, parallel: parallel)
        let resume = resumeStore
        let last = Mutex(TransferProgress())
        do {
            let finished = try await ProgressDisplay(output: output, name: item.label).showing { observer in
                try await client.put(item.source, options: options, resume: resume) { progress in
                    last.withLock { $0 = progress }
                    observer(progress)
                }
            }
            let text = "\(finished.blob)  \(finished.sha256 ?? "-")  \(item.label)"
            try await output.result(text, PutResult(path: item.label, finished))
        } catch is CancellationError {
            throw CommandFailure(interrupted: Self.hint(item, last.withLock { $0 }, isResumable: resume != nil))
        }
    }

    /// The advice after Ctrl-C.
    static func hint(_ item: PutItem, _ progress: TransferProgress, isResumable: Bool) -> String {
        guard case .file = item.source, isResumable else {
            return "Standard input cannot be resumed; the next run sends it from the beginning."
        }
        guard let upload = progress.upload else { return "No byte of “\(item.label)” was sent yet." }
        let done = HumanReadable.bytes(progress.doneBytes)
        let total = progress.totalBytes.map { " of \(HumanReadable.bytes($0))" } ?? ""
        return "The server has \(done)\(total) of “\(item.label)”. Run the same command again to resume, or "
            + "`wharf abort \(upload)` to abort it."
    }
}

/// The output of `put --json` for a file.
struct PutResult: Encodable, Sendable {
    let path: String
    let upload: String
    let blob: String
    let size: UInt64
    let sha256: String?
    let name: String
    let type: String
    let createdAt: WireTime

    init(path: String, _ finished: FinishedDocument) {
        self.path = path
        upload = finished.upload
        blob = finished.blob
        size = finished.size
        sha256 = finished.sha256
        name = finished.name
        type = finished.type
        createdAt = finished.createdAt
    }
}
