import ArgumentParser
import UploadClient
import UploadCore

/// An error as the commands tell it.
struct Failure: Error, Hashable, Sendable {
    var status: CommandStatus
    var code: String
    var message: String
    var advice: String

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

    /// - Parameter hint: How to go on.
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

    /// - Parameter path: Of the file that it is about, if the command has several.
    func tell(_ output: Output, path: String? = nil) async throws {
        let body = Document.Body(
            code: code, message: message, advice: advice, temporary: status == .temporary, path: path)
        if output.isJSON {
            try await output.result("", Document(error: body))
        } else {
            let subject = path.map { "\($0): " } ?? ""
            await output.note("wharf: \(subject)\(message)\(advice.isEmpty ? "" : " " + advice)")
        }
    }

    /// Runs a command, tells its error and turns it into an exit status.
    static func reporting(to output: Output, _ body: () async throws -> Void) async throws {
        let failure: Failure
        do {
            return try await body()
        } catch let error as Failure {
            failure = error
        } catch let error as ClientError {
            failure = Failure(error)
        } catch let error as UploadError {
            failure = Failure(error)
        } catch is Interruption.Interrupted {
            failure = Failure(interrupted: "")
        }
        try await failure.tell(output)
        throw ExitCode(failure.status.rawValue)
    }
}
