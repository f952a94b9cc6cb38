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
        _ request: inout BeginRequest, _ references: PartReferences, _ call: AuthenticatedRequest
    ) async throws -> Response {
        request.idempotencyKey = request.idempotencyKey ?? Self.key(for: request, references.ids)
        let record = try await uploads.concatenate(request, parts: references.ids, by: call.principal)
        return created(record, call)
    }

    private static func key(for request: BeginRequest, _ parts: [SessionId]) -> IdempotencyKey {
        IdempotencyKey(bytes: Array("tus final ".utf8) + request.fingerprint(parts: parts).bytes)
    }

    /// The length that the parts of a final upload will make together; nil while one of theirs is unknown.
    func lengthOfParts(_ record: UploadRecord) async throws(UploadError) -> UInt64? {
        var sum: UInt64 = 0
        for part in record.parts {
            guard let length = try await uploads.sessions.get(part).session.spec.expectedBytes else { return nil }
            // Each is at most 2^60, and there are few thousand.
            sum += length
        }
        return sum
    }
}
