import ArgumentParser
import HTTPWire
import NativeWire
import SessionCore
import UploadClient

/// `wharf status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the state of an upload.",
        discussion: """
            Examples:
              wharf status 0123456789abcdef0123456789abcdef
            """)

    @Argument(help: "The upload's id.")
    var upload: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.run { client, output in
            let document = try await client.status(upload)
            try await output.result(lines: Self.lines(document), document)
        }
    }

    static func lines(_ upload: UploadDocument) -> [String] {
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
        commandName: "abort", abstract: "Abort an upload and free its bytes on the server.",
        discussion: """
            Examples:
              wharf ls --state pending
              wharf abort 0123456789abcdef0123456789abcdef
            """)

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
