import ArgumentParser
import UploadClient

/// `wharf abort`.
struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Give an upload up and free its bytes on the server.")

    @Argument(help: "The upload's id.")
    var upload: String
    @OptionGroup var connection: ConnectionOptions

    private struct Result: Encodable, Sendable {
        let upload: String
        let state = "aborted"
    }

    func run() async throws {
        try await connection.run { client, output in
            try await client.abort(upload)
            try await output.result("\(upload)  aborted", Result(upload: upload))
        }
    }
}
