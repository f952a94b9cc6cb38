import HTTPTypes
import NativeWire

/// What a server can do beyond the first version of the native API.
package struct ServerFeatures: Decodable, Hashable, Sendable {
    /// The most files of one batch; absent on servers without batches.
    package var batchFilesMax: Int?
    /// `owner`: whether there is already a blob with given bytes can be looked up; `off`, or absent: it cannot.
    package var deduplication: String?

    package init(batchFilesMax: Int? = nil, deduplication: String? = nil) {
        self.batchFilesMax = batchFilesMax
        self.deduplication = deduplication
    }

    package var hasLookup: Bool { deduplication == "owner" }
}

extension UploadClient {
    /// The server's features. The first request of a command: it shows whether the server can be reached.
    package func features() async throws -> ServerFeatures {
        try await document(ServerFeatures.self, TransportRequest(.get, NativePath.uploadConfig))
    }
}
