import ArgumentParser
import HTTPWire
import NativeWire
import SessionCore
import UploadClient

/// `wharf ls`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List your uploads in a capsule, oldest first.")

    @Option(help: "Which capsule. (default: your own)")
    var capsule: String?
    @Option(help: "Only uploads in this state: pending, committed, aborted or expired.")
    var state: State?
    @Flag(help: "Everybody's uploads, if you own the capsule.")
    var all = false
    @OptionGroup var connection: ConnectionOptions

    enum State: String, ExpressibleByArgument, CaseIterable, Sendable {
        case pending, committed, aborted, expired
    }

    func run() async throws {
        try await connection.run { client, output in
            try await forEachPage { cursor in
                let page = try await client.uploads(
                    capsule: capsule, ofAll: all,
                    state: state.flatMap { UploadDocument.State(rawValue: $0.rawValue) }, cursor: cursor)
                for upload in page.sessions {
                    let owner = all ? "  \(ProgressLine.printable(upload.owner))" : ""
                    try await output.result(Self.line(upload) + owner, upload)
                }
                return page.next
            }
        }
    }

    static func line(_ upload: UploadDocument) -> String {
        let id = upload.blob ?? upload.id
        let size = upload.length.map(HumanReadable.bytes) ?? "?"
        let amount = upload.state == .committed ? size : "\(HumanReadable.bytes(upload.receivedBytes)) of \(size)"
        return "\(id)  \(upload.state.rawValue)  \(amount)  \(ProgressLine.printable(upload.name))"
    }
}

/// `wharf status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the state of an upload.")

    @Argument(help: "The upload's id.")
    var upload: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.run { client, output in
            let document = try await client.status(upload)
            try await output.result(Self.text(document), document)
        }
    }

    static func text(_ upload: UploadDocument) -> String {
        var rows = [
            ("upload", upload.id), ("state", upload.state.rawValue), ("name", upload.name),
            ("type", upload.type), ("capsule", upload.capsule),
            (
                "received",
                HumanReadable.bytes(upload.receivedBytes)
                    + (upload.length.map { " of \(HumanReadable.bytes($0))" } ?? "")
            ),
        ]
        if upload.state == .pending, let count = upload.chunkCount {
            let missing = upload.missing.reduce(into: UInt64(0)) { sum, range in
                if range.count == 2, range[0] <= range[1] { sum += range[1] - range[0] + 1 }
            }
            rows.append(("chunks", "\(missing) of \(count) missing"))
        }
        rows.append(("created", upload.createdAt.timestamp.rfc3339))
        if let expires = upload.expiresAt { rows.append(("expires", expires.timestamp.rfc3339)) }
        if let blob = upload.blob { rows.append(("blob", blob)) }
        if let sha256 = upload.sha256 { rows.append(("sha256", sha256)) }
        return HumanReadable.rows(rows)
    }
}

/// `wharf abort`.
struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Abort an upload and free its bytes on the server.")

    @Argument(help: "The upload's id.")
    var upload: String
    @OptionGroup var connection: ConnectionOptions

    private struct Result: Encodable, Sendable {
        let upload: String
        let state = "aborted"
    }

    func run() async throws {
        try await connection.run { client, output in
            try await client.abort(upload)
            try await output.result("\(upload)  aborted", Result(upload: upload))
        }
    }
}
