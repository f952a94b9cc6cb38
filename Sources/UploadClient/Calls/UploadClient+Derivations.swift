import HTTPTypes
public import NativeWire

extension UploadClient {
    /// One page of what is made of the uploads to a capsule, the oldest first.
    ///
    /// - Parameters:
    ///   - capsule: The caller's default capsule where none is named.
    ///   - cursor: `next` of the page before.
    /// - Throws: `ClientError` `not_found` for the capsule, and as every call.
    public func derivations(
        in capsule: String? = nil, state: DerivationDocument.State? = nil, cursor: String? = nil
    ) async throws -> DerivationListDocument {
        let path = NativePath.derivations(
            in: capsule ?? NativePath.defaultCapsule, state: state, cursor: cursor)
        return try await document(DerivationListDocument.self, TransportRequest(.get, path))
    }
}
