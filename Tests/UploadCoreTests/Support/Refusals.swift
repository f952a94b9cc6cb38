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

/// Expects that a writer cannot complete.
func expectRefusal<Store, Blobs, Time>(
    _ code: UploadError.Code, completing writer: consuming UploadWriter<Store, Blobs, Time>,
    expecting digest: Digest? = nil, sourceLocation: SourceLocation = #_sourceLocation
) async {
    let completion: Result<UInt64, UploadError>
    do throws(UploadError) {
        completion = .success(try await writer.complete(expecting: digest))
    } catch {
        completion = .failure(error)
    }
    await expectRefusal(code, sourceLocation: sourceLocation) { try completion.get() }
}

/// Expects a refusal with these very values.
func expectRefusal<Value>(
    with reason: UploadError.Reason, sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async {
    do {
        let value = try await body()
        Issue.record("expected \(reason), but it succeeded: \(value)", sourceLocation: sourceLocation)
    } catch let error as UploadError {
        #expect(error.reason == reason, sourceLocation: sourceLocation)
    } catch {
        Issue.record("expected \(reason), found \(error)", sourceLocation: sourceLocation)
    }
}

/// Expects that a limit is exceeded, by its name, its maximum and what would have been one more.
func expectLimit<Value>(
    _ name: Limits.Name, _ maximum: UInt64, sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async {
    await expectRefusal(
        with: .limitExceeded(name, maximum: maximum, actual: maximum + 1), sourceLocation: sourceLocation,
        isolation: isolation, body)
}

extension UploadError {
    /// The value of a field, by the name that clients see.
    subscript(_ name: String) -> Value? { fields.first { $0.name == name }?.value }
}

/// The code with which something ends; nil if it succeeds.
func outcome(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void
) async -> UploadError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? UploadError)?.code ?? .unavailable
    }
}

/// Expects a refusal with one of these codes.
func expectRefusal<Value>(
    where codes: [UploadError.Code], sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async {
    let code = await outcome(isolation: isolation) { _ = try await body() }
    #expect(code.map { codes.contains($0) } == true, "\(String(describing: code))", sourceLocation: sourceLocation)
}

/// Expects that a limit is exceeded by this value.
func expectLimit<Value>(
    where name: Limits.Name, _ maximum: UInt64, actual: UInt64, sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async {
    await expectRefusal(
        with: .limitExceeded(name, maximum: maximum, actual: actual), sourceLocation: sourceLocation,
        isolation: isolation, body)
}
