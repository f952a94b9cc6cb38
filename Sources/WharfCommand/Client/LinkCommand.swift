import ArgumentParser
import HTTPWire
import NativeWire
import SessionCore
import UploadClient
import UploadCore
import Wharf

/// `wharf link`.
struct LinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract: "Create links through which others upload to a capsule that you own, and nothing else.",
        discussion: """
            Examples:
              wharf link create Wedding --title "Our wedding" --expires 7d
              wharf link ls Wedding
            """,
        subcommands: [Create.self, List.self, Remove.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a link and print its address.",
            discussion: """
                The address is that of the setting public-origin of the server, or else of --server. It opens a page for uploads until the link expires. Its last part, after #, is a bearer token for other
                clients: WHARF_TOKEN=link_… wharf put --type image/jpeg FILE.

                Examples:
                  wharf link create default --title "Our wedding" --expires 7d
                  wharf link create Wedding --files 500 --file-bytes 500MiB --type 'image/*'
                """)

        @Argument(help: "The capsule's id or title, or “default” for your own.")
        var capsule: String
        @Option(help: "What is shown to those who upload.")
        var title: String?
        @Option(help: "How long uploads may begin, such as 12h or 7d.")
        var expires = "7d"
        @Option(help: "At most so many files, pending or stored.")
        var files: UInt64?
        @Option(help: "At most so many uploads, including those that are aborted or deleted.")
        var uses: UInt64?
        @Option(help: "At most so many bytes together, such as 20GiB.")
        var bytes: String?
        @Option(help: "At most so many bytes in one file, such as 500MiB.")
        var fileBytes: String?
        @Option(name: .customLong("type"), help: "Accept only this media type, such as image/*. May be repeated.")
        var types: [String] = []
        @OptionGroup var connection: ConnectionOptions

        func validate() throws {
            guard let lifetime = Quantity.milliseconds(expires), lifetime > 0 else {
                throw ValidationError("--expires must be a duration, such as 12h or 7d.")
            }
            _ = try (Self.size(bytes, "--bytes"), Self.size(fileBytes, "--file-bytes"))
        }

        func run() async throws {
            let lifetime = Quantity.milliseconds(expires) ?? 0
            let link = NewLinkDocument(
                title: title, expiresAt: WireTime(SystemClock().now().advanced(byMilliseconds: lifetime)),
                filesMax: files, usesMax: uses, bytesMax: try Self.size(bytes, "--bytes"),
                fileBytesMax: try Self.size(fileBytes, "--file-bytes"), types: types.isEmpty ? nil : types)
            try await connection.run { client, output in
                let created = try await client.createLink(link, to: client.capsulePath(capsule))
                let origin = try await LinkCommand.origin(client)
                try await output.result(LinkCommand.address(of: created, on: origin), created)
            }
        }

        private static func size(_ text: String?, _ name: String) throws -> UInt64? {
            guard let text else { return nil }
            guard let bytes = Quantity.bytes(text) else {
                throw ValidationError("\(name) must be a number of bytes, such as 500MiB or 20GiB.")
            }
            return bytes
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the links of a capsule, with what came in and their addresses.",
            discussion: """
                Examples:
                  wharf link ls default
                """)

        @Argument(help: "The capsule's id or title, or “default” for your own.")
        var capsule: String
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                let origin = try await LinkCommand.origin(client)
                for link in try await client.links(to: client.capsulePath(capsule)) {
                    try await output.result(lines: LinkCommand.lines(link, on: origin), link)
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a link. What is being uploaded through it is refused from then on.",
            discussion: """
                Examples:
                  wharf link remove default 0123456789abcdef0123456789abcdef
                """)

        @Argument(help: "The capsule's id or title, or “default” for your own.")
        var capsule: String
        @Argument(help: "The link's id.")
        var link: String
        @OptionGroup var connection: ConnectionOptions

        func run() async throws {
            try await connection.run { client, output in
                try await client.removeLink(link, to: client.capsulePath(capsule))
                try await output.result("removed \(link)", ["removed": link])
            }
        }
    }

    /// Where guests reach the server: at its public origin, or where this command does.
    static func origin(_ client: UploadClient) async throws -> String {
        try await client.config().publicOrigin ?? client.server.base
    }

    /// The address of the page for those who upload. Browsers send what follows # to no server.
    static func address(of link: LinkDocument, on origin: String) -> String {
        "\(origin)/drop#\(link.token)"
    }

    static func lines(_ link: LinkDocument, on origin: String) -> [String] {
        func of(_ maximum: UInt64?) -> String { maximum.map { " of \($0)" } ?? "" }
        let bytes = HumanReadable.bytes(link.bytes) + (link.bytesMax.map { " of \(HumanReadable.bytes($0))" } ?? "")
        return HumanReadable.rows([
            ("link", link.id), ("title", link.title), ("expires", link.expiresAt.timestamp.rfc3339),
            ("files", "\(link.files)\(of(link.filesMax)), \(bytes)"), ("uses", "\(link.uses)\(of(link.usesMax))"),
            ("types", link.types?.joined(separator: ", ") ?? "all"), ("address", address(of: link, on: origin)),
        ])
    }
}
