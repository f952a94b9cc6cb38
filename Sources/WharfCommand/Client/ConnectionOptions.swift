import ArgumentParser
import DurableFiles
import Glibc
import Synchronization
import UploadClient

/// The server and the caller's token.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Address of the server. (default: $WHARF_SERVER, or http://127.0.0.1:8080)")
    var server: String?
    @Option(help: "Bearer token. Visible to other users of this machine; prefer $WHARF_TOKEN or --token-file.")
    var token: String?
    @Option(help: "File whose first line is the bearer token.", completion: .file())
    var tokenFile: String?
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
            let address = try ServerAddress(server ?? Self.variable("WHARF_SERVER") ?? "http://127.0.0.1:8080")
            let transport = HTTPClientTransport(address, token: try await bearerToken(), connections: connections)
            let notices = RetryNotices(output: output)
            let client = UploadClient(server: address, transport: transport) { notices.add($0) }
            do {
                try await Interruption.cancelling {
                    try await notices.reporting { try await body(client, output) }
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
        let bytes = try await blocking { () throws(ClientError) in
            do throws(FileError) {
                return try SmallFile.bytes(at: tokenFile, atMost: 64 << 10)
            } catch {
                throw ClientError(error, path: tokenFile)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let word = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !word.isEmpty else { throw ValidationError("“\(tokenFile)” has no token in its first line.") }
        return word
    }

    /// A non-empty environment variable.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
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
                    let clear = output.isTerminal ? "\r\u{1B}[K" : ""
                    await output.note("\(clear)\(notice.reason) Retrying \(wait).")
                }
            }
            try await group.waitForAll()
        }
    }
}
