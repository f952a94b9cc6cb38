import ArgumentParser
import DurableFiles
import NIOPosix
import UploadCore
import UploadHTTP

/// `wharf token`: who may call a server that was started with `--auth tokens=FILE`.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and remove the bearer tokens of a server.",
        discussion: """
            A server that is started with `--auth tokens=FILE` reads FILE once, when it starts. The file has only hashes: a token \
            that is lost cannot be found again; remove it and add another.
            """,
        subcommands: [Add.self, List.self, Remove.self])

    /// Which file.
    struct Place: ParsableArguments {
        @Option(help: "The file of tokens.", completion: .file())
        var file: String

        /// Runs blocking work on the file on a thread that may block.
        func run<Value: Sendable>(_ body: @escaping @Sendable (TokenFile) throws -> Value) async throws -> Value {
            let file = TokenFile(path: file)
            return try await NIOThreadPool.singleton.runIfActive { try body(file) }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token for a principal. It is shown once.")

        @OptionGroup var place: Place
        @Argument(help: "Whom the token names, such as an e-mail address.")
        var principal: String
        @Flag(name: .customLong("operator"), help: "May also see and sweep everybody's sessions and read the metrics.")
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
            try await place.run { file in try file.add(entry) }
            StandardStream.output.write(token.text + "\n")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List who has tokens.")

        @OptionGroup var place: Place

        func run() async throws {
            let entries = try await place.run { file in try file.read().entries }
            for entry in entries {
                let role = entry.isOperator ? "  operator" : ""
                StandardStream.output.write("\(entry.digest.hex.prefix(12))  \(entry.principal.name)\(role)\n")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove all tokens of a principal, or one of them.")

        @OptionGroup var place: Place
        @Argument(help: "Whose tokens.")
        var principal: String
        @Option(help: "Only that whose hash begins so, as `wharf token list` shows it.")
        var hash: String?

        func run() async throws {
            let (principal, hash) = (Principal(principal), hash?.lowercased())
            let removed = try await place.run { file in
                try file.remove { entry in
                    entry.principal == principal && (hash.map { entry.digest.hex.hasPrefix($0) } ?? true)
                }
            }
            guard !removed.isEmpty else { throw TokenFileError("\(place.file): there is no such token") }
            StandardStream.error.write(
                "removed \(removed.count); a server that is running knows the old tokens until it is started again\n")
        }
    }
}
