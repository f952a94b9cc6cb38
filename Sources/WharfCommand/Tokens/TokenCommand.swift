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
            """,
        subcommands: [Add.self, List.self, Remove.self])

    /// The token file.
    struct FileOption: ParsableArguments {
        @Option(help: "The token file.", completion: .file())
        var file: String

        func run<Value: Sendable>(
            _ body: @escaping @Sendable (TokenFile) throws(TokenFileError) -> Value
        ) async throws(TokenFileError) -> Value {
            let file = TokenFile(path: file)
            return try await blocking { () throws(TokenFileError) in try body(file) }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a token for a principal. It is shown once.")

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
            try await tokens.run { file throws(TokenFileError) in try file.add(entry) }
            StandardStream.output.write(token.text + "\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the principals that have tokens.")

        @OptionGroup var tokens: FileOption

        func run() async throws {
            let entries = try await tokens.run { file throws(TokenFileError) in try file.entries() }
            for entry in entries {
                let role = entry.isOperator ? "  operator" : ""
                StandardStream.output.write("\(entry.digest.hex.prefix(12))  \(entry.principal.name)\(role)\n")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove all tokens of a principal, or one of them.")

        @OptionGroup var tokens: FileOption
        @Argument(help: "The principal.")
        var principal: String
        @Option(help: "Only the token whose hash has this prefix, as shown by `wharf token list`.")
        var hash: String?

        func run() async throws {
            let (principal, hash) = (Principal(principal), hash?.lowercased())
            let removed = try await tokens.run { file throws(TokenFileError) in
                try file.remove { entry in
                    entry.principal == principal && (hash.map { entry.digest.hex.hasPrefix($0) } ?? true)
                }
            }
            guard !removed.isEmpty else { throw TokenFileError("\(tokens.file): no such token") }
            StandardStream.error.write(
                "removed \(removed.count); a running server refuses them from its next look at the file on (reload-interval)\n"
            )
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
