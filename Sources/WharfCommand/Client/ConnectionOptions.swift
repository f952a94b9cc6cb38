import ArgumentParser
import DurableFiles
import Glibc
import SessionCore
import Synchronization
import UploadClient
import UploadCore

/// The server and the caller's token.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Address of the server. (default: that of the profile, $WHARF_SERVER, or http://127.0.0.1:8080)")
    var server: String?
    @Option(help: "Profile that `wharf login` saved. (default: $WHARF_PROFILE, or “default” if there is one)")
    var profile: String?
    @Option(
        help:
            "Bearer token. Visible to other users of this machine; prefer `wharf login`, $WHARF_TOKEN or --token-file.")
    var token: String?
    @Option(help: "File whose first line is the bearer token.", completion: .file())
    var tokenFile: String?
    @Option(
        help: "PEM file of certificate authorities to trust besides those of the system. (default: $WHARF_CA_FILE)",
        completion: .file())
    var caFile: String?
    @Flag(help: "Print one JSON object per line.")
    var json = false

    func validate() throws {
        if token != nil, tokenFile != nil { throw ValidationError("Give --token or --token-file, not both.") }
    }

    /// Runs a command against the server. Ctrl-C cancels it, its errors are reported, and its exit status is a
    /// `CommandStatus`.
    ///
    /// - Parameter tuning: How requests are sent and retried, and how much is written.
    func run(
        _ tuning: ClientTuning = ClientTuning(),
        _ body: @escaping @Sendable (UploadClient, Output) async throws -> Void
    ) async throws {
        let output = Output(isJSON: json, detail: tuning.detail)
        try await CommandFailure.reporting(to: output) {
            let connection = try await connection()
            let notices = OutageNotices(output: output)
            do {
                try await connection.withClient(tuning, notices) { client in
                    try await Interruption.cancelling {
                        try await notices.reporting { try await body(client, output) }
                    }
                }
            } catch let error as ClientError where connection.isOfLink {
                throw error.wordedForLink
            }
        }
    }

    /// What the flags, the environment and the saved profiles say.
    private func connection() async throws -> Connection {
        let file = ProfileFile(environment: Self.variable)
        let profiles = try await blocking { () throws(ClientError) in try file?.read() ?? Profiles() }
        let flags = Connection.Flags(
            server: server, token: try await tokenOfFile() ?? token, caFile: caFile, profile: profile)
        return try Connection(flags, environment: Self.variable, profiles: profiles)
    }

    private func tokenOfFile() async throws -> String? {
        guard let tokenFile else { return nil }
        let bytes = try await blocking { () throws(ClientError) in
            do throws(FileError) {
                return try SmallFile.bytes(at: tokenFile, atMost: 64 << 10)
            } catch {
                throw ClientError(error, path: tokenFile)
            }
        }
        let word = try TokenInput.token(in: Array(bytes.prefix { $0 != UInt8(ascii: "\n") }))
        guard !word.isEmpty else { throw ValidationError("“\(tokenFile)” has no token in its first line.") }
        return word
    }

    /// A non-empty environment variable.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }
}

extension ClientError {
    /// For the bearer of an upload link, who has no account to ask for roles or tokens.
    var wordedForLink: ClientError {
        switch code.rawValue {
        case "unauthenticated":
            ClientError(
                code, "The server does not accept this link.",
                advice: "It was removed, or the token is incomplete. Ask for a new link.", problem: problem)
        case "not_found", "forbidden":
            ClientError(
                code, message, advice: "A link permits uploads to its capsule, and nothing else.", problem: problem)
        default: self
        }
    }
}

extension Connection {
    /// Whether the token is that of an upload link.
    var isOfLink: Bool { token?.hasPrefix(LinkToken.prefix) == true }

    /// Runs `body` with a client, whose connections are closed afterwards.
    func withClient<Value: Sendable>(
        _ tuning: ClientTuning, _ notices: OutageNotices? = nil, _ body: (UploadClient) async throws -> Value
    ) async throws -> Value {
        let path = caFile
        let authorities = try await blocking { () throws(ClientError) in
            try path.map { path throws(ClientError) in try CertificateAuthorities(path: path) }
        }
        let transport = tuning.transport(to: server, token: token, authorities: authorities)
        // The token itself belongs in no name of a file.
        let link = isOfLink ? token.map { Digest(of: Array($0.utf8)).hex } : nil
        let client = tuning.client(server, transport, notices, link: link)
        do {
            let value = try await body(client)
            try await transport.shutdown()
            return value
        } catch {
            try await transport.shutdown()
            throw error
        }
    }
}

/// Fetches all pages of a list.
///
/// - Parameter body: Fetches and prints the page at a cursor, nil for the first; returns the cursor of the next page.
func forEachPage(_ body: (_ cursor: String?) async throws -> String?) async throws {
    var cursor: String?
    repeat { cursor = try await body(cursor) } while cursor != nil
}
