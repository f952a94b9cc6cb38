import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore

/// What is made of uploads.
extension NativeAPI {
    func listDerivations(_ call: AuthenticatedRequest) async throws -> Response {
        var query = try DerivationQuery { call.query($0) }
        query.limit = min(query.limit, uploads.limits.pageMax)
        let derivations = try await uploads.derivations(
            in: try await capsuleId(call), state: query.state, after: query.cursor, limit: query.limit,
            by: call.principal)
        let next = derivations.count == query.limit ? derivations.last?.upload.text : nil
        return try .json(
            DerivationListDocument(
                derivations: derivations.map {
                    ListedDerivationDocument($0, isDeriving: isDeriving)
                }, next: next))
    }

    /// An upload that was shown to the caller, with what becomes of it.
    func document(_ record: UploadRecord) async throws(UploadError) -> UploadDocument {
        UploadDocument(
            record, timeToLiveMilliseconds: uploads.limits.timeToLiveMilliseconds,
            derivation: try await uploads.derivation(of: record), isDeriving: isDeriving)
    }
}
