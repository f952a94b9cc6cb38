import ArgumentParser
import DurableFiles
import Glibc
import UploadClient

/// Which server, and who calls.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Address of the server. (default: $WHARF_SERVER, or http://127.0.0.1:8080)")
    var server: String?
    @Option(help: "Bearer token. Others on this machine can read it here: $WHARF_TOKEN or --token-file are better.")
    var token: String?
    @Option(help: "File whose first line is the bearer token.", completion: .file())
    var tokenFile: String?
    @Flag(help: "One JSON object a line, for programs.")
    var json = false

    func validate() throws {
        if token != nil, tokenFile != nil { throw ValidationError("Give --token or --token-file, not both.") }
    }

    /// Runs a command against the server: cancelled by Ctrl-C, its errors told, its exit status that of `CommandStatus`.
    ///
    /// - Parameter connections: To the server, at once.
    func run(
        connections: Int = 8, _ body: @escaping @Sendable (UploadClient, Output) async throws -> Void
    ) async throws {
        let output = Output(isJSON: json)
        try await Failure.reporting(to: output) {
            let address = try ServerAddress(server ?? Self.variable("WHARF_SERVER") ?? "http://127.0.0.1:8080")
            let transport = HTTPClientTransport(address, token: try await bearerToken(), connections: connections)
            let notices = RetryNotices(output: output)
            let client = UploadClient(server: address, transport: transport) { notices.add($0) }
            do {
                try await Interruption.cancelling {
                    try await notices.telling { try await body(client, output) }
                }
            } catch {
                try await transport.shutdown()
                throw error
            }
            try await transport.shutdown()
        }
    }

    private func bearerToken() async throws -> String? {
        guard let tokenFile else { return token ?? Self.variable("WHARF_TOKEN") }
        let text = try await ThreadPool(name: "wharf-token", threads: 1).run { () throws(ClientError) in
            try SmallFile.text(at: tokenFile)
        }
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let word = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !word.isEmpty else { throw ValidationError("“\(tokenFile)” has no token in its first line.") }
        return word
    }

    /// An environment variable that is not empty.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
