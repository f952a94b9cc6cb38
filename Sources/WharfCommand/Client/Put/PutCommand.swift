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
            What the server has acknowledged is never sent again: after Ctrl-C, a crash or a lost network run the same command \
            again. A file that changed meanwhile is begun anew. Standard input (“-”) cannot be resumed by another run. \
            Prints the blob's id, its SHA-256 and the path of each file.

            With --photos the pictures among the files become memories: the original, and what is seen of it (display, thumb, \
            placeholder), made by the server, or where it makes none by wharf-imaging on this machine (beside wharf, along PATH, or \
            where $WHARF_IMAGING says). A photo that the capsule has \
            already is not sent again. Prints the memory's id, how many assets it has, and the path.
            """)

    @Argument(help: "Files, directories (with everything below them), or - for standard input.", completion: .file())
    var sources: [String]
    @Option(help: "Capsule to upload to. (default: your own)")
    var capsule: String?
    @Option(help: "Name of the upload, for one source only. (default: the file's name)")
    var name: String?
    @Option(help: "Media type, such as image/jpeg. (default: application/octet-stream)")
    var type: String?
    @Option(
        help: "Bytes of a chunk, 8388608 or 8MiB; the server's choice where it is not given.",
        transform: { text in
            guard let bytes = Quantity.bytes(text) else {
                throw ValidationError("“\(text)” is no size; write bytes, or 64KiB, 8MiB.")
            }
            return bytes
        })
    var chunkSize: UInt64?
    @Option(help: "Chunks on their way at once, 1 to 64.")
    var parallel = 4
    @Option(
        help: "Where unfinished uploads are remembered. (default: $XDG_STATE_HOME/wharf or ~/.local/state/wharf)",
        completion: .directory)
    var stateDir: String?
    @Flag(help: "Make memories of the pictures among the files, and pass over all others.")
    var photos = false
    @Flag(help: "With --photos: derive on this machine, with wharf-imaging, while the originals are on their way.")
    var deriveHere = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel is from 1 to 64.") }
        guard chunkSize != 0 else { throw ValidationError("A chunk has at least one byte.") }
        guard sources.filter({ $0 == "-" }).count <= 1 else { throw ValidationError("There is one standard input.") }
        if photos, name != nil || type != nil || sources.contains("-") {
            throw ValidationError("--photos takes files and directories, and neither --name nor --type.")
        }
        if deriveHere, !photos { throw ValidationError("--derive-here goes with --photos.") }
        if name != nil, sources.count > 1 { throw ValidationError("--name is for one source only.") }
    }

    func run() async throws {
        try await connection.run(connections: parallel + 1) { client, output in
            if photos { return try await putPhotos(client, output) }
            let sources = sources
            let items = try await ThreadPool(name: "wharf-walk", threads: 1).run { () throws(ClientError) in
                try PutItem.items(sources)
            }
            if name != nil, items.count != 1 { throw ValidationError("--name is for one file only.") }
            var worst: CommandStatus?
            for item in items {
                do {
                    try await put(item, client, output)
                } catch let error as ClientError {
                    let failure = Failure(error)
                    // What is true of the server is true of the other files too.
                    if failure.status == .temporary || items.count == 1 { throw error }
                    try await failure.tell(output, path: item.label)
                    worst = worst ?? failure.status
                }
            }
            if let worst { throw ExitCode(worst.rawValue) }
        }
    }

    var resumeStore: ResumeStore? {
        let directory = stateDir ?? ResumeStore.defaultDirectory(environment: ConnectionOptions.variable)
        return directory.map(ResumeStore.init(directory:))
    }

    private func put(_ item: PutItem, _ client: UploadClient, _ output: Output) async throws {
        let options = PutOptions(
            capsule: capsule, name: name ?? item.name, type: type, chunkSize: chunkSize, parallel: parallel)
        let resume = resumeStore
        let last = Mutex(TransferProgress())
        do {
            let finished = try await ProgressDisplay(output: output, name: item.label).showing { tell in
                try await client.put(item.source, options: options, resume: resume) { progress in
                    last.withLock { $0 = progress }
                    tell(progress)
                }
            }
            let text = "\(finished.blob)  \(finished.sha256 ?? "-")  \(item.label)"
            try await output.result(text, PutResult(path: item.label, finished))
        } catch is CancellationError {
            throw Failure(interrupted: Self.hint(item, last.withLock { $0 }, isResumable: resume != nil))
        }
    }

    /// How to go on after Ctrl-C.
    static func hint(_ item: PutItem, _ progress: TransferProgress, isResumable: Bool) -> String {
        guard case .file = item.source, isResumable else {
            return "Standard input cannot be resumed: the next run sends it from its start."
        }
        guard let upload = progress.upload else { return "Nothing of “\(item.label)” was sent yet." }
        let done = Quantities.bytes(progress.doneBytes)
        let total = progress.totalBytes.map { " of \(Quantities.bytes($0))" } ?? ""
        return "The server has \(done)\(total) of “\(item.label)”. Run the same command again to go on, or "
            + "`wharf abort \(upload)` to give it up."
    }
}

/// What `put --json` says of a file.
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
