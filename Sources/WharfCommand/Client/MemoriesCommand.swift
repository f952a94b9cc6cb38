import ArgumentParser
import HTTPWire
import NativeWire
import UploadClient
import UploadCore

/// `wharf memories`.
struct MemoriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memories",
        abstract: "List the memories of a capsule, show one, or delete one.",
        discussion: """
            Examples:
              wharf memories
              wharf memories show 0123456789abcdef0123456789abcdef
            """,
        subcommands: [List.self, Show.self, Delete.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List the memories of a capsule, oldest first, then its pending derivations.",
            discussion: """
                Examples:
                  wharf memories ls --newest --capsule Wedding
                  wharf memories ls --by-taken
                """)

        @Option(help: "The capsule's id or title, or “default”. (default: your own)")
        var capsule: String?
        @Flag(help: "Newest first.")
        var newest = false
        @Flag(help: "In the order in which they were taken, not created.")
        var byTaken = false
        @OptionGroup var connection: ConnectionOptions

        private var order: MemoryQuery.Order {
            byTaken ? (newest ? .newestTaken : .oldestTaken) : newest ? .newest : .oldest
        }

        func run() async throws {
            try await connection.run { client, output in
                let capsule = try await client.capsuleId(named: capsule)
                for try await memory in client.memories(in: capsule, order: order) {
                    try await output.result(MemoryText.line(memory, columns: output.resultColumns), memory)
                }
                try await forEachPage { cursor in
                    let page = try await client.derivations(in: capsule, state: .pending, cursor: cursor)
                    for derivation in page.derivations {
                        try await output.result(MemoryText.line(derivation, columns: output.resultColumns), derivation)
                    }
                    return page.next
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a memory and its assets.",
            discussion: """
                Examples:
                  wharf memories show 0123456789abcdef0123456789abcdef
                  wharf get 0123456789abcdef0123456789abcdef/thumb
                """)

        @Argument(help: "The memory's id.")
        var memory: String
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                let document = try await client.memory(memory)
                try await output.result(lines: MemoryText.whole(document), document)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a memory, but not its blobs.",
            discussion: """
                Examples:
                  wharf memories delete 0123456789abcdef0123456789abcdef --with-blobs
                """)

        @Argument(help: "The memory's id.")
        var memory: String
        @Flag(help: "Also delete its blobs that no other memory uses.")
        var withBlobs = false
        @OptionGroup var connection: ConnectionOptions

        private struct Result: Encodable, Sendable {
            let memory: String
            let state = "deleted"
        }

        func run() async throws {
            try await connection.run { client, output in
                try await client.deleteMemory(memory, withBlobs: withBlobs)
                try await output.result("\(memory)  deleted", Result(memory: memory))
            }
        }
    }
}

/// Formats memories for people. Pure.
enum MemoryText {
    /// One line of a list.
    ///
    /// - Parameter columns: As for `ListRow.text`: a narrow terminal gets the title and the state.
    static func line(_ memory: MemoryDocument, columns: Int? = nil) -> String {
        let state = memory.derivation.map { "\($0.rawValue)" } ?? memory.state.words
        let kinds = memory.assets.map(\.kind).joined(separator: " ")
        let reason = memory.reason.map { " (\($0))" } ?? ""
        if let columns, columns < 100 {
            let title = memory.title.isEmpty ? memory.id : memory.title
            return TerminalText.shortened(
                TerminalText.safe("\(title)  \(state)\(reason)"), toColumns: columns)
        }
        return TerminalText.safe(
            "\(memory.id)  \(state)\(reason)  \(kinds)  \(memory.title)")
    }

    /// One line of a list, for an upload whose memory is pending.
    static func line(_ derivation: ListedDerivationDocument, columns: Int? = nil) -> String {
        let reason = derivation.reason.map { " (\($0))" } ?? ""
        if let columns, columns < 100 {
            let text = TerminalText.safe("\(derivation.name)  \(derivation.state.rawValue)\(reason)")
            return TerminalText.shortened(text, toColumns: columns)
        }
        return TerminalText.safe(
            "\(derivation.upload)  \(derivation.state.rawValue)\(reason)  \(derivation.recipe)  \(derivation.name)")
    }

    /// A row per field, and one per asset.
    static func whole(_ memory: MemoryDocument) -> [String] {
        var rows = [("memory", memory.id), ("state", memory.state.words)]
        if let derivation = memory.derivation { rows.append(("derivation", derivation.rawValue)) }
        if let reason = memory.reason { rows.append(("reason", reason)) }
        rows += [("title", memory.title), ("text", memory.description), ("tags", memory.tags.joined(separator: ", "))]
        rows += [("type", memory.type), ("capsule", memory.capsule), ("creator", memory.creator)]
        rows.append(("taken", memory.captureTime.map(taken) ?? ""))
        rows.append(("created", memory.createdAt.timestamp.rfc3339))
        rows += memory.assets.map { ("asset", asset($0)) }
        return HumanReadable.rows(rows.filter { !$0.1.isEmpty })
    }

    /// What the camera's clock showed, and its offset from UTC.
    private static func taken(_ time: CaptureTime) -> String {
        WireCaptureTime(time).text + (time.zoneMinutes == nil ? " local time" : "")
    }

    private static func asset(_ asset: AssetDocument) -> String {
        var parts = [asset.id, asset.kind, asset.type, HumanReadable.bytes(asset.size)]
        if let width = asset.width, let height = asset.height { parts.append("\(width) × \(height)") }
        parts.append(asset.blob.map { "blob \($0)" } ?? "inline")
        return parts.joined(separator: "  ")
    }
}

extension MemoryDocument.State {
    /// For people.
    var words: String {
        switch self {
        case .complete: "complete"
        case .originalOnly: "original only"
        }
    }
}
