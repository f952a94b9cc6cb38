import Wharf

/// A request over the control socket: one JSON object on one line.
struct ControlRequest: Codable, Hashable, Sendable {
    struct Backup: Codable, Hashable, Sendable {
        /// An absolute path.
        let directory: String
        let linking: Bool
    }

    let backup: Backup
}

/// A line of the response: any number with the progress, then one with the result or the error.
enum ControlReply: Codable, Hashable, Sendable {
    case progress(BackupCounts)
    case result(BackupCounts)
    case failure(BackupFailure)
}

/// The counts of a `BackupSummary`.
struct BackupCounts: Codable, Hashable, Sendable {
    var objects = 0
    var linked = 0
    var copied = 0
    var kept = 0
    var removed = 0
    var bytesCopied: UInt64 = 0
    var damagedCount = 0
    /// The first of these, for people.
    var damaged: [String] = []
}

extension BackupCounts {
    init(_ summary: BackupSummary) {
        objects = summary.objects
        linked = summary.linked
        copied = summary.copied
        kept = summary.kept
        removed = summary.removed
        bytesCopied = summary.bytesCopied
        damagedCount = summary.damagedCount
        damaged = summary.damaged
    }

    /// A line for people while the backup runs.
    var progressText: String {
        objects == 0
            ? "catalogue: \(HumanReadable.bytes(bytesCopied))"
            : "\(linked + copied + kept + damagedCount) of \(objects) objects, \(HumanReadable.bytes(bytesCopied)) copied"
    }

    var text: String {
        "\(linked) objects linked, \(copied) copied, \(kept) kept, \(removed) removed; "
            + "\(HumanReadable.bytes(bytesCopied)) copied"
            + (damagedCount == 0 ? "" : "; \(damagedCount) damaged in the store")
    }
}

/// A `BackupError` as a message.
struct BackupFailure: Codable, Hashable, Sendable {
    let code: String
    let message: String
    let advice: String
}

extension BackupFailure {
    init(_ error: BackupError) {
        code = error.code.rawValue
        message = error.message
        advice = error.advice
    }

    /// A request that the server cannot read: of another release.
    static let unknownRequest = BackupFailure(
        code: "control_request_unknown", message: "The server does not understand the request.",
        advice: "Use the command of the server’s release.")
}

extension CommandFailure {
    init(_ failure: BackupFailure) {
        let status: CommandStatus =
            switch BackupError.Code(rawValue: failure.code) {
            case .running, .targetInUse, .cancelled: .temporary
            case .unusableTarget, .targetFull, .targetFailed: .localFile
            case .storeFailed, nil: .refused
            }
        self.init(status: status, code: failure.code, message: failure.message, advice: failure.advice)
    }
}
