import ArgumentParser
import NativeWire
import UploadClient

/// `wharf usage`.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Show what you use, and your quota; with --all what everybody uses.",
        discussion: """
            Examples:
              wharf usage
              wharf usage --all --json
            """)

    @Flag(help: "Everybody's usage, in the order of their names. For operators.")
    var all = false
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.run { client, output in
            guard all else {
                guard let usage = try await client.config().usage else {
                    throw ClientError(
                        .init(rawValue: "unauthenticated"), "The server does not know you.",
                        advice: "Give a valid token.")
                }
                return try await output.result(lines: Self.lines(usage), usage)
            }
            try await forEachPage { cursor in
                let page = try await client.usage(cursor: cursor)
                for usage in page.usage { try await output.result(Self.line(usage), usage) }
                return page.next
            }
        }
    }

    static func line(_ usage: UsageDocument) -> String {
        let used = HumanReadable.bytes(usage.storedBytes + usage.reservedBytes)
        let quota = usage.quotaBytes.map(HumanReadable.bytes) ?? "no quota"
        return "\(used) of \(quota)  \(TerminalText.safe(usage.principal))"
    }

    static func lines(_ usage: UsageDocument) -> [String] {
        HumanReadable.rows([
            ("principal", usage.principal), ("quota", usage.quotaBytes.map(HumanReadable.bytes) ?? "none"),
            ("stored", HumanReadable.bytes(usage.storedBytes)), ("reserved", HumanReadable.bytes(usage.reservedBytes)),
            ("capsules", "\(usage.capsules) with \(usage.members) members"),
            ("pending", "\(usage.pendingUploads) uploads, \(HumanReadable.bytes(usage.pendingBytes))"),
        ])
    }
}
