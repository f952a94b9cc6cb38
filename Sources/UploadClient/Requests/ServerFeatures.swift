import HTTPTypes
import NativeWire

/// What a server can do beyond the first version of the native API.
package struct ServerFeatures: Codable, Hashable, Sendable {
    /// The most files of one batch; absent on servers without batches.
    package var batchMax: Int?
    /// Whether blobs can be looked up by digest; absent on servers that cannot.
    package var deduplication: Bool?

    package init(batchMax: Int? = nil, deduplication: Bool? = nil) {
        self.batchMax = batchMax
        self.deduplication = deduplication
    }

    package var hasLookup: Bool { deduplication == true }
}

extension UploadClient {
    /// The server's features. The first request of a command: it shows whether the server can be reached.
    package func features() async throws -> ServerFeatures {
        try await document(ServerFeatures.self, TransportRequest(.get, NativePath.uploadConfig))
    }
}
