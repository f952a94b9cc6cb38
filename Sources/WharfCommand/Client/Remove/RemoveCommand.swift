import ArgumentParser
import NativeWire
import UploadClient

/// `wharf rm`.
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Delete files for good, without asking.",
        discussion: """
            Prints what was deleted. A name that several files have is refused, with their ids. A file that a memory uses is refused \
            (in_use): delete the memory, `wharf memories delete ID --with-blobs`. `wharf abort` ends an unfinished upload.

            Examples:
              wharf rm kiss.jpg
              wharf rm 0123456789abcdef0123456789abcdef
              wharf rm -r holiday --capsule "Summer 2026"
            """)

    @Argument(help: "Ids of blobs, or names.")
    var sources: [String]
    @Option(help: "The id or title of the capsule in which names are looked up, or “default”. (default: your own)")
    var capsule: String?
    @Flag(name: [.short, .long], help: "Each SOURCE is a directory: delete all files below it.")
    var recursive = false
    @OptionGroup var connection: ConnectionOptions

    private struct Result: Encodable, Sendable {
        let removed: String
        let name: String
        let size: UInt64
    }

    func run() async throws {
        try await connection.run { client, output in
            let finder = BlobFinder(client: client, capsule: try await client.capsuleId(named: capsule))
            let failures = ItemFailures(isOnly: sources.count == 1 && !recursive, output: output)
            for source in sources {
                let found = try await failures.collecting(source) { try await blobs(source, finder) } ?? []
                for blob in found {
                    try await failures.collecting(blob.name) {
                        try await client.deleteBlob(blob.blob)
                        try await output.result(
                            "\(blob.blob)  removed  \(blob.name)",
                            Result(removed: blob.blob, name: blob.name, size: blob.size))
                    }
                }
            }
            try failures.throwFirst()
        }
    }

    private func blobs(_ source: String, _ finder: BlobFinder) async throws -> [BlobDocument] {
        if recursive { return try await finder.blobs(below: source) }
        if ResourceId.isId(source) { return [try await finder.client.meta(source)] }
        let found = try await finder.blobs(named: source)
        guard found.count < 2 else { throw ClientError(ambiguous: "files", named: source, ids: found.map(\.blob)) }
        guard !found.isEmpty else { throw ClientError(noBlob: "No file has the name “\(source)”.") }
        return found
    }
}
