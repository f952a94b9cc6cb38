import ArgumentParser
import Glibc
import NativeWire
import UploadClient

/// `wharf get`.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download a blob, verified by its SHA-256.",
        discussion: """
            Downloads to FILE.part, which is renamed to FILE once it is complete and verified. After Ctrl-C, a crash or a lost \
            connection, run the same command again to resume.
            """)

    @Argument(help: "The blob's id.")
    var blob: String
    @Option(
        name: [.short, .long], help: "The file to write. (default: the blob's name, in the current directory)",
        completion: .file())
    var output: String?
    @Flag(help: "Replace an existing file.")
    var force = false
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.run { client, output in
            let path: String
            if let given = self.output {
                path = given
            } else {
                path = try Self.fileName(try await client.meta(blob).name)
            }
            guard force || access(path, F_OK) != 0 else {
                throw ClientError(existing: path)
            }
            do {
                let meta = try await ProgressDisplay(output: output, name: path).showing { observer in
                    try await client.get(blob, to: path, onProgress: observer)
                }
                try await output.result("\(path)  \(HumanReadable.bytes(meta.size))  \(meta.sha256 ?? "-")", meta)
            } catch is CancellationError {
                throw CommandFailure(
                    interrupted: "The received bytes are in “\(path).part”. Run the same command again to resume.")
            }
        }
    }

    /// The local file name of a blob: the last component of its name, which is untrusted.
    ///
    /// - Throws: `invalid_argument` if that is not a safe file name.
    static func fileName(_ name: String) throws(ClientError) -> String {
        let last = name.split(separator: "/").last.map(String.init) ?? ""
        let isFit = !last.isEmpty && last != "." && last != ".." && ProgressLine.printable(last) == last
        guard isFit else { throw ClientError(unfitName: name) }
        return last
    }
}
