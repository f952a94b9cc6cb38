import Glibc
import NativeWire
import Testing
import UploadTestKit

/// A directory and a server, for running commands.
struct CommandFixture: Sendable {
    let directory: TemporaryDirectory
    let server: ServerBinary
    private let variables: [String: String]

    /// Runs `body` beside a server with a store of its own.
    static func run(
        flags: [String] = [], sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (CommandFixture) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        try await ServerBinary.run(data: directory.path + "/data", flags: flags, sourceLocation: sourceLocation) {
            try await body(CommandFixture(directory: directory, server: $0))
        }
    }

    init(directory: TemporaryDirectory, server: ServerBinary) {
        self.directory = directory
        self.server = server
        variables = ["WHARF_SERVER": server.address, "XDG_STATE_HOME": directory.path + "/state"]
    }

    func path(_ name: String) -> String { directory.path + "/" + name }

    /// Writes a file and returns its path.
    func file(_ name: String, _ content: Content) throws -> String {
        try TestFiles.write(content.bytes, to: path(name))
        return path(name)
    }

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        try Wharf.start(arguments, environment: variables.merging(environment) { $1 })
    }

    @discardableResult
    func run(
        _ arguments: String..., status: Int32 = 0, environment: [String: String] = [:], input: [UInt8] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Wharf.Outcome {
        try await Wharf.run(
            arguments, status: status, environment: variables.merging(environment) { $1 }, input: input,
            sourceLocation: sourceLocation)
    }

    /// Runs a command with `--json` and decodes each line of its output.
    func documents<Document: Decodable>(
        _ type: Document.Type, _ arguments: String..., status: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [Document] {
        let outcome = try await Wharf.run(
            arguments + ["--json"], status: status, environment: variables, sourceLocation: sourceLocation)
        return try outcome.output.split(whereSeparator: \.isNewline).map { line in
            try NativeJSON.decode(type, from: Array(line.utf8))
        }
    }

    /// Uploads a file, which must succeed, and returns the blob's id.
    func put(
        _ path: String, _ more: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let outcome =
            try await Wharf.run(
                ["put", path] + more, environment: variables, sourceLocation: sourceLocation)
        return try #require(outcome.words.first, sourceLocation: sourceLocation)
    }

    /// The bytes of a blob, as `get` writes them.
    func bytes(of blob: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> [UInt8] {
        let path = path("bytes-of-" + blob)
        try await run("get", blob, "-o", path, "--force", sourceLocation: sourceLocation)
        return try #require(TestFiles.read(path), sourceLocation: sourceLocation)
    }
}
