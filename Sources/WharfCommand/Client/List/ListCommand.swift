import ArgumentParser
import NativeWire
import UploadClient

/// `wharf ls`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the files of a capsule, oldest first, and your unfinished uploads.",
        discussion: """
            Prints the id, the size, the time of the upload and the name. On a terminal of fewer than 100 columns ids are left \
            out and names are cut; -l prints everything. With --json a file has the member “blob”, an upload the member “id”.

            A NAME lists the names that contain it; with *, ? or [ ] it is a pattern, for the last component of a name, or, with a \
            slash, for the whole name.

            Examples:
              wharf ls --newest --limit 20
              wharf ls '*.jpg' --capsule "Summer 2026" -l
              wharf ls --state pending             what is unfinished, and until when it can be resumed
              wharf ls --all --capsule default     everybody's uploads to a capsule of yours
            """)

    @Argument(help: "Only files with such a name.")
    var names: [String] = []
    @Option(help: "The capsule's id or title, or “default”. (default: your own)")
    var capsule: String?
    @Flag(help: "Newest first.")
    var newest = false
    @Option(help: "List at most so many.")
    var limit: Int?
    @Flag(name: [.customShort("l"), .long], help: "Print ids, exact sizes, times in UTC and types.")
    var long = false
    @Option(help: "Only uploads in this state: pending, committed, aborted or expired.")
    var state: State?
    @Flag(help: "Everybody's uploads, if you own the capsule.")
    var all = false
    @OptionGroup var connection: ConnectionOptions

    enum State: String, ExpressibleByArgument, CaseIterable, Sendable {
        case pending, committed, aborted, expired
    }

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    }

    func run() async throws {
        try await connection.run { client, output in
            let capsule = try await client.capsuleId(named: capsule)
            var rest = limit ?? .max
            if state == nil, !all {
                try await listFiles(of: capsule, atMost: &rest, client, output)
            }
            try await listUploads(of: capsule, atMost: &rest, client, output)
        }
    }

    private var patterns: [NamePattern] { names.map(NamePattern.init(text:)) }

    private func isWanted(_ name: String) -> Bool { names.isEmpty || patterns.contains { $0.matches(name) } }

    private func listFiles(
        of capsule: String?, atMost rest: inout Int, _ client: UploadClient, _ output: Output
    ) async throws {
        var query = BlobQuery(capsule: capsule, order: newest ? .newest : .oldest)
        if let only = patterns.first, patterns.count == 1 {
            if only.isGlob { query.prefix = only.literalPrefix } else { query.text = only.text }
        }
        for try await blob in client.blobs(query) where isWanted(blob.name) {
            guard rest > 0 else { return }
            rest -= 1
            try await output.result(text(ListRow(blob), output), blob)
        }
    }

    private func listUploads(
        of capsule: String?, atMost rest: inout Int, _ client: UploadClient, _ output: Output
    ) async throws {
        // The server lists the oldest first.
        var found: [UploadDocument] = []
        var cursor: String?
        repeat {
            guard rest > 0 else { break }
            let page = try await client.uploads(capsule: capsule, ofAll: all, state: wantedState, cursor: cursor)
            let wanted = page.sessions.filter { isWanted($0.name) }
            if newest {
                found += wanted
            } else {
                try await list(wanted.prefix(rest), output)
                rest -= min(rest, wanted.count)
            }
            cursor = page.next
        } while cursor != nil
        try await list(found.reversed().prefix(rest), output)
    }

    private func list(_ uploads: some Sequence<UploadDocument>, _ output: Output) async throws {
        for upload in uploads {
            try await output.result(text(ListRow(upload, showsOwner: all), output), upload)
        }
    }

    /// Files are listed as such: of the uploads only the unfinished ones are left.
    private var wantedState: UploadDocument.State? {
        guard let state else { return all ? nil : .pending }
        return UploadDocument.State(rawValue: state.rawValue)
    }

    private func text(_ row: ListRow, _ output: Output) -> String {
        long ? row.longText : row.text(columns: output.resultColumns)
    }
}
