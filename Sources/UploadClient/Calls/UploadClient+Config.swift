import HTTPTypes
public import NativeWire

extension UploadClient {
    /// Every limit and setting of the server that a client needs. Needs no token.
    public func config() async throws -> UploadConfigDocument {
        try await document(UploadConfigDocument.self, TransportRequest(.get, NativePath.uploadConfig))
    }
}
