import ArgumentParser
import UploadClient
import UploadCore

/// An error as reported to the user, with its exit status.
struct CommandFailure: Error, Hashable, Sendable {
    var status: CommandStatus
    var code: String
    var message: String
    var advice: String

    init(status: CommandStatus, code: String, message: String, advice: String) {
        self.status = status
        self.code = code
        self.message = message
        self.advice = advice
    }

    init(_ error: ClientError) {
        status = CommandStatus(error)
        code = error.code.rawValue
        message = error.message
        advice = error.advice
    }

    init(_ error: UploadError) {
        status = error.code == .unavailable || error.code == .storeLocked ? .temporary : .refused
        code = error.code.rawValue
        message = error.message
        advice = error.advice
    }

    init(_ error: TokenFileError) {
        status = error.status
        code = "token_file"
        message = Self.sentence("\(error)")
        advice = ""
    }

    init(_ error: SettingsError) {
        self.init(status: .usage, code: "settings", message: Self.sentence("\(error)"), advice: "")
    }

    /// Of a store that cannot be opened.
    init(_ error: ServeError) {
        self.init(status: error.status, code: "store", message: Self.sentence("\(error)"), advice: "")
    }

    /// Causes come with a full stop, where they are sentences themselves, or without one.
    static func sentence(_ cause: String) -> String { cause.hasSuffix(".") ? cause : cause + "." }

    /// - Parameter hint: How to resume.
    init(interrupted hint: String) {
        status = .interrupted
        code = "interrupted"
        message = "Interrupted."
        advice = hint
    }

    private struct Document: Encodable, Sendable {
        struct Body: Encodable, Sendable {
            let code: String
            let message: String
            let advice: String
            let temporary: Bool
            let path: String?
        }
        let error: Body
    }

    /// - Parameter path: The affected file, if the command processes several.
    func report(to output: Output, path: String? = nil) async throws {
        let body = Document.Body(
            code: code, message: message, advice: advice, temporary: status == .temporary, path: path)
        let subject = path.map { "\(TerminalText.safe($0)): " } ?? ""
        try await output.failure(
            "wharf: \(subject)\(message)\(advice.isEmpty ? "" : " " + advice)", Document(error: body))
    }

    /// Runs a command; reports its error and throws the corresponding exit status.
    static func reporting(to output: Output, _ body: () async throws -> Void) async throws {
        let failure: CommandFailure
        do {
            return try await body()
        } catch let error as CommandFailure {
            failure = error
        } catch let error as ClientError {
            failure = CommandFailure(error)
        } catch let error as UploadError {
            failure = CommandFailure(error)
        } catch let error as TokenFileError {
            failure = CommandFailure(error)
        } catch is Interruption.Interrupted {
            failure = CommandFailure(interrupted: "")
        }
        try await failure.report(to: output)
        throw ExitCode(failure.status.rawValue)
    }
}

/// Errors detected by the commands.
extension ClientError {
    init(existing path: String) {
        self.init(
            .localFile, "“\(path)” already exists.",
            advice: "Choose another file with --output, or replace it with --force.")
    }

    init(damaged directory: String, _ error: UploadError) {
        self.init(
            .localFile, "The store in “\(directory)” is damaged: \(error.debugDescription)",
            advice: "Restore “catalogue.db” and its “-wal” file from a backup.")
    }

    init(noStore directory: String) {
        self.init(
            .localFile, "“\(directory)” is not a store.", advice: "Give the directory that the server uses as --data."
        )
    }
}
