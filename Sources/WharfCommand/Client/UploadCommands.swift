import ArgumentParser
import NativeWire
import UploadClient

/// `wharf ls`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List your uploads in a capsule, the oldest first.")

    @Option(help: "Which capsule. (default: your own)")
    var capsule: String?
    @Option(help: "Only those that are pending, committed, aborted or expired.")
    var state: State?
    @OptionGroup var connection: ConnectionOptions

    enum State: String, ExpressibleByArgument, CaseIterable, Sendable {
        case pending, committed, aborted, expired
    }

    func run() async throws {
        try await connection.run { client, output in
            var cursor: String?
            repeat {
                let page = try await client.uploads(
                    capsule: capsule, state: state.flatMap { UploadDocument.State(rawValue: $0.rawValue) },
                    cursor: cursor)
                for upload in page.sessions { try await output.result(Self.line(upload), upload) }
                cursor = page.next
            } while cursor != nil
        }
    }

    static func line(_ upload: UploadDocument) -> String {
        let id = upload.blob ?? upload.id
        let size = upload.length.map(Quantities.bytes) ?? "?"
        let amount = upload.state == .committed ? size : "\(Quantities.bytes(upload.receivedBytes)) of \(size)"
        return "\(id)  \(upload.state.rawValue)  \(amount)  \(ProgressLine.printable(upload.name))"
    }
}
