import ArgumentParser
import DurableFiles
import Glibc
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
    /// - Parameter connections: The most connections to the server at once.
    func run(
        connections: Int = 8, _ body: @escaping @Sendable (UploadClient, Output) async throws -> Void
    ) async throws {
        let output = Output(isJSON: json)
        try await CommandFailure.reporting(to: output) {
            let connection = try await connection()
            let notices = RetryNotices(output: output)
            do {
                try await connection.withClient(connections: connections) { client in
                    try await Interruption.cancelling {
                        try await notices.reporting { try await body(client, output) }
                    }
                } onRetry: {
                    notices.add($0)
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
    ///
    /// - Parameter connections: The most connections at once.
    func withClient<Value: Sendable>(
        connections: Int, retries: RetryPolicy = RetryPolicy(), _ body: (UploadClient) async throws -> Value,
        onRetry: @escaping @Sendable (UploadClient.RetryNotice) -> Void = { _ in }
    ) async throws -> Value {
        let (path, server, token) = (caFile, server, token)
        let authorities = try await blocking { () throws(ClientError) in
            try path.map { path throws(ClientError) in try CertificateAuthorities(path: path) }
        }
        let transport = HTTPClientTransport(
            server, token: token, connections: connections, authorities: authorities)
        let client = UploadClient(server: server, transport: transport, retries: retries, onRetry: onRetry)
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

/// Reports temporary failures and the time of the next attempt.
struct RetryNotices: Sendable {
    let output: Output
    private let stream: AsyncStream<UploadClient.RetryNotice>
    private let continuation: AsyncStream<UploadClient.RetryNotice>.Continuation

    init(output: Output) {
        self.output = output
        // Of several simultaneous failures one is enough.
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ notice: UploadClient.RetryNotice) {
        // A first failure is rarely followed by another.
        if notice.attempt > 1 { continuation.yield(notice) }
    }

    /// Runs `body` and prints the notices that arrive meanwhile.
    func reporting(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await body()
            }
            group.addTask {
                for await notice in stream {
                    let wait = notice.waitMilliseconds < 1000 ? "now" : "in \(notice.waitMilliseconds / 1000) s"
                    if output.isTerminal { await output.raw("\r\u{1B}[K") }
                    await output.note("\(notice.reason) Retrying \(wait).")
                }
            }
            try await group.waitForAll()
        }
    }
}
