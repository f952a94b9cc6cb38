import ArgumentParser
import NativeWire
import UploadClient

/// `wharf memories`.
struct MemoriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memories",
        abstract: "List the memories of a capsule, show one, or delete one.",
        subcommands: [List.self, Show.self, Delete.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List the memories of a capsule, the oldest first, and then what is still to become one.")

        @Option(help: "Which capsule. (default: your own)")
        var capsule: String?
        @Flag(help: "The newest first.")
        var newest = false
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                for try await memory in client.memories(in: capsule, order: newest ? .newest : .oldest) {
                    try await output.result(MemoryText.line(memory), memory)
                }
                var cursor: String?
                repeat {
                    let page = try await client.derivations(in: capsule, state: .pending, cursor: cursor)
                    for derivation in page.derivations {
                        try await output.result(MemoryText.line(derivation), derivation)
                    }
                    cursor = page.next
                } while cursor != nil
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a memory and its assets.")

        @Argument(help: "The memory's id.")
        var memory: String
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                let document = try await client.memory(memory)
                try await output.result(MemoryText.whole(document), document)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a memory; its blobs stay.")

        @Argument(help: "The memory's id.")
        var memory: String
        @Flag(help: "Delete those of its blobs too that no other memory uses.")
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
