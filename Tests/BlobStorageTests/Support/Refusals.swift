import Testing
import UploadCore

/// Expects a refusal with this code; a failure shows at the caller's line.
@discardableResult
func expectRefusal<Value>(
    _ code: UploadError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async -> UploadError? {
    do {
        let value = try await body()
        Issue.record("expected \(code.rawValue), but it succeeded: \(value)", sourceLocation: sourceLocation)
    } catch let error as UploadError {
        if error.code == code { return error }
        Issue.record("expected \(code.rawValue), found \(error.debugDescription)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("expected \(code.rawValue), found \(error)", sourceLocation: sourceLocation)
    }
    return nil
}
