import ArgumentParser
import NativeWire
import UploadClient
import UploadCore

/// `wharf capsule`.
struct CapsuleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capsule",
        abstract: "Create capsules and manage their members.",
        discussion: """
            Examples:
              wharf capsule create "Summer 2026"
              wharf capsule add "Summer 2026" ben --role writer
            """,
        subcommands: [Create.self, List.self, Show.self, Add.self, Remove.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a capsule that you own.",
            discussion: """
                Examples:
                  wharf capsule create "Summer 2026"
                """)

        @Argument(help: "The capsule's title.")
        var title: String?
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                let capsule = try await client.createCapsule(title: title)
                try await output.result(CapsuleCommand.line(capsule), capsule)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the capsules that you may read.",
            discussion: """
                Examples:
                  wharf capsule ls
                """)

        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                try await forEachPage { cursor in
                    let page = try await client.capsules(cursor: cursor)
                    for capsule in page.capsules {
                        let line = CapsuleCommand.line(capsule, columns: output.resultColumns)
                        try await output.result(line, capsule)
                    }
                    return page.next
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a capsule and its members.",
            discussion: """
                Examples:
                  wharf capsule show "Summer 2026"
                  wharf capsule show default
                """)

        @Argument(help: "The capsule's id or title, or “default”.")
        var capsule: String
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                let document = try await client.capsule(client.capsulePath(capsule))
                try await output.result(lines: CapsuleCommand.lines(document), document)
            }
        }
    }

    /// - Parameter columns: As for `ListRow.text`: a narrow terminal gets the title, or the id of one without, and the owner.
    static func line(_ capsule: CapsuleDocument, columns: Int? = nil) -> String {
        guard let columns, columns < 100 else {
            return TerminalText.safe("\(capsule.id)  \(capsule.owner)  \(capsule.title)")
        }
        let title = capsule.title.isEmpty ? capsule.id : capsule.title
        return TerminalText.shortened(TerminalText.safe("\(title)  \(capsule.owner)"), toColumns: columns)
    }

    static func lines(_ capsule: CapsuleDocument) -> [String] {
        let members =
            ["owner    \(capsule.owner)"] + capsule.writers.map { "writer   \($0)" }
            + capsule.readers.map { "reader   \($0)" }
        return ["capsule  \(capsule.id)", "title    \(capsule.title)"] + members
    }
}

extension CapsuleCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a principal a role in a capsule that you own.",
            discussion: """
                Examples:
                  wharf capsule add "Summer 2026" ben
                  wharf capsule add "Summer 2026" ben --role writer
                """)

        @Argument(help: "The capsule's id or title, or “default”.")
        var capsule: String
        @Argument(help: "The principal's name on the server.")
        var principal: String
        @Option(help: "reader or writer.")
        var role = MemberRole.reader
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                let capsule = try await client.capsulePath(capsule)
                try await client.addMember(principal, role: role.role, to: capsule)
                let change = Change(capsule: capsule, principal: principal, role: role.rawValue)
                try await output.result("\(principal) is a \(role.rawValue) of \(capsule)", change)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a principal's role in a capsule that you own.",
            discussion: """
                Examples:
                  wharf capsule remove "Summer 2026" ben
                """)

        @Argument(help: "The capsule's id or title, or “default”.")
        var capsule: String
        @Argument(help: "The principal's name on the server.")
        var principal: String
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                let capsule = try await client.capsulePath(capsule)
                try await client.removeMember(principal, from: capsule)
                let change = Change(capsule: capsule, principal: principal, role: nil)
                try await output.result("\(principal) has no role in \(capsule)", change)
            }
        }
    }

    enum MemberRole: String, ExpressibleByArgument, CaseIterable, Sendable {
        case reader, writer

        var role: Role {
            switch self {
            case .reader: .reader
            case .writer: .writer
            }
        }
    }

    private struct Change: Encodable, Sendable {
        let capsule: String
        let principal: String
        let role: String?
    }
}
