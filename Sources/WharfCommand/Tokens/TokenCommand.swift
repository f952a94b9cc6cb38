import ArgumentParser
import DurableFiles
import FoundationEssentials
import UploadCore
import UploadHTTP

/// `wharf token`: manages the bearer tokens of a server that was started with `--auth tokens=FILE`.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Create, list and remove the bearer tokens of a server.",
        discussion: """
            A server started with `--auth tokens=FILE` reads FILE again within two seconds of a change (the setting \
            reload-interval). The file contains hashes only: a lost token cannot be recovered; remove it and add another.

            Exit status: 0 if it was done, 1 if there is no such token, 64 for an invalid command line, 74 if the file cannot be \
            used, 75 if another `wharf token` is changing it.

            Examples:
              wharf token add --file /etc/wharf/tokens anna
              wharf token list --file /etc/wharf/tokens
              wharf token remove --file /etc/wharf/tokens anna
            """,
        subcommands: [Add.self, List.self, Remove.self])

    /// The token file, and the form of the output.
    struct FileOption: ParsableArguments {
        @Option(help: "The token file.", completion: .file())
        var file: String
        @Flag(help: "Print one JSON object per line.")
        var json = false

        /// Runs a command; its errors are reported, and its exit status is a `CommandStatus`.
        func run<Value: Sendable>(
            _ body: @escaping @Sendable (TokenFile) throws(TokenFileError) -> Value,
            show: @Sendable (Value, Output) async throws -> Void
        ) async throws {
            let output = Output(isJSON: json)
            try await CommandFailure.reporting(to: output) {
                let file = TokenFile(path: file)
                try await show(try await blocking { () throws(TokenFileError) in try body(file) }, output)
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a token for a principal. It is shown once.",
            discussion: """
                Examples:
                  wharf token add --file tokens anna@example.org
                  wharf token add --file tokens --operator monitoring
                """)

        @OptionGroup var tokens: FileOption
        @Argument(help: "The principal that the token authenticates, such as an e-mail address.")
        var principal: String
        @Flag(
            name: .customLong("operator"),
            help: "Also permit listing and sweeping all sessions and reading the metrics.")
        var isOperator = false

        func validate() throws {
            if let problem = TokenTable.problem(withPrincipal: principal) {
                throw ValidationError("“\(principal)” \(problem)")
            }
        }

        func run() async throws {
            var random = SystemRandomNumberGenerator()
            let token = Token(using: &random)
            let entry = TokenTable.Entry(
                principal: Principal(principal), digest: token.digest, isOperator: isOperator)
            try await tokens.run { file throws(TokenFileError) in
                try file.add(entry)
            } show: { _, output in
                try await output.result(
                    token.text, Added(token: token.text, principal: principal, isOperator: isOperator))
            }
        }

        private struct Added: Encodable, Sendable {
            let token: String
            let principal: String
            let isOperator: Bool

            enum CodingKeys: String, CodingKey {
                case token, principal
                case isOperator = "operator"
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the principals that have tokens.",
            discussion: """
                Prints the first 12 digits of each token's SHA-256, the principal, and “operator” for operators.

                Examples:
                  wharf token list --file tokens
                """)

        @OptionGroup var tokens: FileOption

        func run() async throws {
            try await tokens.run { file throws(TokenFileError) in
                try file.entries()
            } show: { entries, output in
                for entry in entries {
                    let role = entry.isOperator ? "  operator" : ""
                    try await output.result(
                        "\(entry.digest.hex.prefix(12))  \(entry.principal.name)\(role)",
                        Listed(sha256: entry.digest.hex, principal: entry.principal.name, isOperator: entry.isOperator))
                }
            }
        }

        private struct Listed: Encodable, Sendable {
            let sha256: String
            let principal: String
            let isOperator: Bool

            enum CodingKeys: String, CodingKey {
                case sha256, principal
                case isOperator = "operator"
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove all tokens of a principal, or one of them.",
            discussion: """
                A running server refuses them from its next look at the file on (reload-interval).

                Examples:
                  wharf token remove --file tokens anna@example.org
                  wharf token remove --file tokens anna@example.org --hash 0123456789ab
                """)

        @OptionGroup var tokens: FileOption
        @Argument(help: "The principal.")
        var principal: String
        @Option(help: "Only the token whose hash has this prefix, as shown by `wharf token list`.")
        var hash: String?

        func run() async throws {
            let (principal, hash) = (Principal(principal), hash?.lowercased())
            try await tokens.run { file throws(TokenFileError) in
                let removed = try file.remove { entry in
                    entry.principal == principal && (hash.map { entry.digest.hex.hasPrefix($0) } ?? true)
                }
                guard !removed.isEmpty else {
                    throw TokenFileError("\(file.path): “\(principal.name)” has no such token", status: .refused)
                }
                return removed.count
            } show: { count, output in
                try await output.result(
                    "removed \(count) of \(principal.name)", Removed(removed: count, principal: principal.name))
            }
        }

        private struct Removed: Encodable, Sendable {
            let removed: Int
            let principal: String
        }
    }
}

/// A bearer token: 256 random bits with a prefix by which scanners recognize a leaked token.
struct Token: Hashable, Sendable {
    static let prefix = "wharf_"

    let text: String

    init(using random: inout some RandomNumberGenerator) {
        let words = (0..<4).map { _ in random.next() as UInt64 }
        text =
            Self.prefix
            + Self.base64url(words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } })
    }

    /// The hash that the token file contains.
    var digest: Digest { Digest(of: Array(text.utf8)) }

    /// RFC 4648, section 5, without padding.
    private static func base64url(_ bytes: [UInt8]) -> String {
        let replacements: [Character: Character] = ["+": "-", "/": "_"]
        return String(Data(bytes).base64EncodedString().prefix { $0 != "=" }.map { replacements[$0] ?? $0 })
    }
}
