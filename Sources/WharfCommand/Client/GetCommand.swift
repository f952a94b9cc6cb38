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
            Bytes come into FILE.part, which gets the name FILE once they are all there and verified. After Ctrl-C, a crash or \
            a lost network run the same command again to go on.
            """)

    @Argument(help: "The blob's id.")
    var blob: String
    @Option(name: [.short, .long], help: "The file to write. (default: the blob's name, here)", completion: .file())
    var output: String?
    @Flag(help: "Replace a file that has the name.")
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
                let meta = try await ProgressDisplay(output: output, name: path).showing { tell in
                    try await client.get(blob, to: path, onProgress: tell)
                }
                try await output.result("\(path)  \(Quantities.bytes(meta.size))  \(meta.sha256 ?? "-")", meta)
            } catch is CancellationError {
                throw Failure(
                    interrupted: "What arrived is in “\(path).part”. Run the same command again to go on.")
            }
        }
    }

    /// The name under which a blob is saved here: the last component of its own, which somebody else chose.
    ///
    /// - Throws: `invalid_argument` if nothing is left that is fit for a file.
    static func fileName(_ name: String) throws(ClientError) -> String {
        let last = name.split(separator: "/").last.map(String.init) ?? ""
        let isFit = !last.isEmpty && last != "." && last != ".." && ProgressLine.printable(last) == last
        guard isFit else { throw ClientError(unfitName: name) }
        return last
    }
}
