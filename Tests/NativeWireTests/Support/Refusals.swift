import Testing
import UploadCore

/// Expects a refusal of an argument and fails at the caller's line.
func expectInvalid(
    _ argument: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: UploadError.self, sourceLocation: sourceLocation, performing: body)
    #expect(error?.code == .invalidArgument, sourceLocation: sourceLocation)
    let expected = UploadError(.invalidArgument(argument, "")).fields
    #expect(error?.fields == expected, "\(error?.message ?? "")", sourceLocation: sourceLocation)
}
