import HTTPTypes
import HummingbirdCore
import SessionCore
import TusWire
import UploadCore

/// Final uploads.
extension TusAPI {
    /// Makes an upload of others, by reference. Asked twice for the same it answers with the same upload: the parts and what is
    /// said of the whole are its key, unless the client has sent one.
    func concatenate(
        _ request: inout BeginRequest, _ references: PartReferences, _ call: Call
    ) async throws -> Response {
        request.idempotencyKey = request.idempotencyKey ?? Self.key(for: request, references.ids)
        let record = try await uploads.concatenate(request, parts: references.ids, by: call.principal)
        return created(record, call)
    }

    private static func key(for request: BeginRequest, _ parts: [SessionId]) -> IdempotencyKey {
        IdempotencyKey(bytes: Array("tus final ".utf8) + request.fingerprint(parts: parts).bytes)
    }
}
