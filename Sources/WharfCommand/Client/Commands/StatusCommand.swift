import ArgumentParser
import NativeWire
import SessionCore
import UploadClient

/// `wharf status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the server has of an upload.")

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
            ("upload", upload.id), ("state", upload.state.rawValue), ("name", ProgressLine.printable(upload.name)),
            ("type", upload.type), ("capsule", upload.capsule),
            (
                "received",
                Quantities.bytes(upload.receivedBytes) + (upload.length.map { " of \(Quantities.bytes($0))" } ?? "")
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
        return rows.map { name, value in
            name + String(repeating: " ", count: 10 - name.count) + value
        }.joined(separator: "\n")
    }
}
