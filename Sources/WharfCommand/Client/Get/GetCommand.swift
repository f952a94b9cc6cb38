import ArgumentParser
import Glibc
import NativeWire
import UploadClient

/// `wharf get`.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download files, verified by their SHA-256.",
        discussion: """
            A SOURCE is the id of a blob, a name (of several files with the same name the newest), a pattern with *, ? or [ ], \
            the id of a memory, or MEMORY/ASSET, such as MEMORY/thumb. Of a memory its original is downloaded; into a directory also \
            the video, the raw file and the sidecars beside it.

            A file is written as FILE.part and renamed to FILE once it is complete and verified. After Ctrl-C, a crash or a lost \
            connection, run the same command again: incomplete files are resumed, complete ones are left alone. Files get \
            the time of modification that their sender declared. Names are made safe for the file system; of several files \
            with the same name all but the first get their id into the name.

            Examples:
              wharf get kiss.jpg
              wharf get 0123456789abcdef0123456789abcdef -o copy.mov
              wharf get kiss.jpg party.jpg -o photos/      into a directory
              wharf get -r holiday -o .                    the files below holiday/
              wharf get --all --capsule Wedding -o wedding
              wharf get backup.tar -o - | tar -x
            """)

    @Argument(help: "Ids, names or patterns.")
    var sources: [String] = []
    @Option(
        name: [.short, .long],
        help:
            "The file or the directory to write, or - for standard output. (default: the current directory)",
        completion: .file())
    var output: String?
    @Option(help: "The id or title of the capsule in which names are looked up, or “default”. (default: your own)")
    var capsule: String?
    @Flag(name: [.short, .long], help: "Each SOURCE is a directory: download all files below it, with directories.")
    var recursive = false
    @Flag(help: "Download all files of the capsule, with directories; needs --output.")
    var all = false
    @Flag(help: "Replace existing files.")
    var force = false
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard all || !sources.isEmpty else { throw ValidationError("Give an id or a name, or --all.") }
        guard !all || sources.isEmpty else { throw ValidationError("--all downloads everything; give no SOURCE.") }
        if all, output == nil { throw ValidationError("--all needs --output, the directory to write.") }
        if output == "-", all || recursive || sources.count > 1 {
            throw ValidationError("Only one file can be written to standard output.")
        }
    }

    func run() async throws {
        try await connection.run { client, output in
            let finder = BlobFinder(client: client, capsule: try await client.capsuleId(named: capsule))
            let failures = ItemFailures(isOnly: sources.count == 1, output: output)
            let items = try await items(finder, failures, output)
            let given = self.output
            let isSeveral = all || recursive || items.count > 1 || sources.count > 1
            let target = await blocking {
                GetTarget.choose(given, isSeveral: isSeveral, isDirectory: GetTarget.isDirectory)
            }
            var batch = GetBatch(client: client, output: output, isForced: force)
            switch target {
            case .standardOutput:
                guard let only = items.first, items.count == 1 else {
                    throw ValidationError("Only one file can be written to standard output.")
                }
                return try await write(only, client, output)
            case .file(let path):
                batch.createsDirectories = false
                try await batch.run(items.map { GetBatch.Entry(item: $0, path: path) })
            case .directory(let path):
                let prefix = path == "." ? "" : path + "/"
                let paths = GetPlan.paths(of: items, keepsDirectories: all || recursive)
                try await batch.run(zip(items, paths).map { GetBatch.Entry(item: $0, path: prefix + $1) })
            }
            try failures.throwFirst()
        }
    }

    /// What the arguments stand for, the same bytes under the same name once.
    private func items(
        _ finder: BlobFinder, _ failures: ItemFailures, _ notes: Output
    ) async throws -> [GetItem] {
        let given = output
        let isOne = await blocking {
            if case .directory = GetTarget.choose(given, isSeveral: false, isDirectory: GetTarget.isDirectory) {
                return false
            }
            return true
        }
        let withCompanions = !isOne || sources.count > 1
        var items: [GetItem] = all ? try await finder.all().map { GetItem($0) } : []
        for source in sources {
            items +=
                try await failures.collecting(source) {
                    if recursive { return try await finder.blobs(below: source).map { GetItem($0) } }
                    let (found, others) = try await finder.items(source, withCompanions: withCompanions)
                    if others > 0, let newest = found.first {
                        await notes.note(
                            "wharf: \(others + 1) files have the name “\(source)”; this is the newest, \(newest.id).")
                    }
                    return found
                } ?? []
        }
        var seen: Set<[String]> = []
        return items.filter { seen.insert([$0.name, $0.sha256 ?? $0.id]).inserted }
    }

    private func write(_ item: GetItem, _ client: UploadClient, _ output: Output) async throws {
        // The bytes are the output; progress goes to standard error.
        do {
            try await ProgressDisplay(output: output, name: item.name).showing { observer in
                switch item.source {
                case .blob(let blob):
                    try await client.get(blob, writingTo: STDOUT_FILENO, onProgress: observer)
                case .asset(let asset, let memory):
                    try await client.getAsset(asset, of: memory, writingTo: STDOUT_FILENO, onProgress: observer)
                }
            }
        } catch is CancellationError {
            throw CommandFailure(interrupted: "What was written is incomplete.")
        }
    }
}
