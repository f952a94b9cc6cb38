import ArgumentParser
import UploadClient

/// `wharf put`.
struct PutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Upload files, directories, or standard input.",
        discussion: """
            Acknowledged bytes are never sent again: after Ctrl-C, a crash or a lost connection, run the same command again to \
            resume. A file that changed meanwhile starts over. Files that the server has since an earlier run are skipped: those of \
            the same size and time, and those of another time but the same SHA-256. Bytes that the server has under another name are \
            copied there instead of being sent: always for files of up to 1 MiB, for larger ones with --check-large. Standard input (“-”) cannot be resumed. Prints \
            the blob's id, its SHA-256 and the path of each file.

            A file or directory that cannot be read does not stop the others; the exit status tells of it. Symbolic links, FIFOs, \
            sockets and devices below a directory are passed over and named at the end. A name that is not UTF-8 is stored with \
            U+FFFD in the place of the other bytes.

            Patterns of --include and --exclude are those of rclone: “*” matches within a name, “**” across directories, “?” one \
            character, “[a-z]” a set, “{jpg,png}” one of several. A pattern that begins with “/” matches from the given directory on; \
            one that ends with “/” matches all below such a directory. With --include only files that match are sent; what \
            --exclude matches is never sent.

            Examples:
              wharf put film.mov
              wharf put ~/Pictures --exclude '*.tmp' --exclude '.cache/'
              wharf put ~/Pictures --include '*.{jpg,heic}' --dry-run
              wharf put --limit-rate 2MiB --parallel 8 ~/Videos
              tar c photos | wharf put - --name photos.tar
              wharf put film.mov --protocol ietf --server https://tus.example.org --upload-path /files
              wharf put -- -name-with-a-dash.txt

            With --photos a camera folder is stored as one: pictures and videos become memories of the original and its \
            renditions (display, thumb, placeholder); the video of a Live Photo, a raw file beside its picture and sidecars (AAE, \
            XMP) of the same name become parts of that memory; all other files are stored as they are, and what file managers \
            leave (.DS_Store, Thumbs.db) is passed over. The server makes the renditions, or, if it does not derive photos, \
            wharf-imaging on this machine (found beside wharf, along PATH, or by $WHARF_IMAGING). What the capsule already has is \
            not sent again. Prints for each file its memory or blob and what became of it.

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
    @Option(help: "Media type, such as image/jpeg. (default: guessed by the extension of the name)")
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
    @Option(help: "Files, and chunks of large files, sent at once, 1 to 64.")
    var parallel = 4
    @Option(
        help:
            "Directory for the state of unfinished uploads; empty for none. (default: $XDG_STATE_HOME/wharf or ~/.local/state/wharf)",
        completion: .directory)
    var stateDir: String?
    @Option(
        help: "Send only files below directories that match this pattern; can be repeated.",
        transform: { try Self.glob($0) })
    var include: [Glob] = []
    @Option(
        help: "Never send files that match this pattern; can be repeated.", transform: { try Self.glob($0) })
    var exclude: [Glob] = []
    @Flag(help: "Send what symbolic links below directories lead to.")
    var followLinks = false
    @Flag(help: "Send files again that the server has since an earlier run.")
    var noSkip = false
    @Flag(
        help: "Hash large files before sending, and copy on the server what it has. Small files are always compared.")
    var checkLarge = false
    @Option(
        name: .customLong("protocol"),
        help: "native, or ietf: “Resumable Uploads for HTTP”, in the newest version that the server speaks.")
    var wire = WireChoice.native
    @Option(help: "With --protocol ietf: where a server that is not Wharf takes uploads, such as /files.")
    var uploadPath: String?
    @Flag(name: [.customShort("n"), .long], help: "Show what would be sent, and send nothing.")
    var dryRun = false
    @Flag(help: "Make memories of pictures and videos with what belongs to them, and store the other files.")
    var photos = false
    @Flag(help: "With --photos: derive on this machine with wharf-imaging while the originals are uploaded.")
    var deriveHere = false
    @OptionGroup var transfer: TransferOptions
    @OptionGroup var connection: ConnectionOptions

    enum WireChoice: String, CaseIterable, ExpressibleByArgument {
        case native, ietf
    }

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel must be from 1 to 64.") }
        guard chunkSize != 0 else { throw ValidationError("--chunk-size must be at least 1.") }
        guard sources.filter({ $0 == "-" }).count <= 1 else { throw ValidationError("- can be given only once.") }
        if photos, name != nil || type != nil || sources.contains("-") {
            throw ValidationError("--photos accepts files and directories only, without --name and --type.")
        }
        if photos, checkLarge {
            throw ValidationError("--photos compares all files by their bytes, without --check-large.")
        }
        if deriveHere, !photos { throw ValidationError("--derive-here requires --photos.") }
        if wire == .ietf, photos { throw ValidationError("--protocol ietf cannot be used with --photos.") }
        if wire == .ietf, sources.contains("-") {
            throw ValidationError("--protocol ietf sends files, not standard input.")
        }
        if let uploadPath {
            guard wire == .ietf else { throw ValidationError("--upload-path requires --protocol ietf.") }
            guard uploadPath.hasPrefix("/"), uploadPath.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x23 })
            else { throw ValidationError("--upload-path is a path, such as /files.") }
            guard capsule == nil, !checkLarge else {
                throw ValidationError(
                    "--upload-path is for other servers, which have no --capsule and no --check-large.")
            }
        }
        if name != nil, sources.count > 1 { throw ValidationError("--name requires a single source.") }
    }

    func run() async throws {
        try await connection.run(transfer.tuning(connections: parallel + 1)) { client, output in
            var command = self
            command.capsule = try await client.capsuleId(named: capsule)
            command.stateDir = try await usableStateDirectory(output)
            if photos { return try await command.putPhotos(client, output) }
            try await PutSession(command: command, client: client, output: output).run()
        }
    }

    /// Of every file.
    var options: PutOptions {
        var options = PutOptions(capsule: capsule, type: type, chunkSize: chunkSize, parallel: parallel)
        if wire == .ietf { options.uploadProtocol = .ietf(path: uploadPath) }
        return options
    }

    var filter: PathFilter { PathFilter(included: include, excluded: exclude) }

    private static func glob(_ text: String) throws -> Glob {
        do throws(Glob.Problem) {
            return try Glob(text)
        } catch {
            throw ValidationError("The pattern “\(text)” \(error.text).")
        }
    }

    var resumeStore: ResumeStore? {
        stateDir.flatMap { $0.isEmpty ? nil : ResumeStore(directory: $0) }
    }

    /// The journal of earlier runs; nil without a place for it.
    func journal(_ client: UploadClient, _ resume: ResumeStore?) async throws -> PutJournal? {
        guard let resume else { return nil }
        // A place on a server that is not Wharf has a journal of its own.
        let (server, place, link) = (client.server, capsule ?? uploadPath, client.link)
        return try await blocking { () throws(ClientError) in
            try PutJournal.open(in: resume.directory, server: server, capsule: place, link: link)
        }
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
}
