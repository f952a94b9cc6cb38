import HTTPTypes
public import NativeWire

extension UploadClient {
    /// The blobs of a capsule, fetched page by page on demand.
    public func blobs(_ query: BlobQuery = BlobQuery()) -> BlobSequence { BlobSequence(client: self, query: query) }

    /// Deletes a blob. Idempotent within the call's retries.
    ///
    /// - Throws: `ClientError` `in_use` while a memory uses it, `not_found`, `forbidden`, and as every call.
    public func deleteBlob(_ blob: String) async throws {
        try await delete(NativePath.blob(blob))
    }
}

/// Which blobs are listed, and in which order.
public struct BlobQuery: Hashable, Sendable {
    public enum Order: String, Hashable, Sendable {
        case newest, oldest
    }

    /// nil: the caller's default capsule.
    public var capsule: String?
    /// Only names that contain it; ASCII letters are compared without case.
    public var text: String?
    /// Only names that start with it.
    public var prefix: String?
    public var order: Order

    public init(capsule: String? = nil, text: String? = nil, prefix: String? = nil, order: Order = .newest) {
        self.capsule = capsule
        self.text = text
        self.prefix = prefix
        self.order = order
    }

    func path(cursor: String?) -> String {
        NativePath.blobs(
            in: capsule, nameContains: text, namePrefix: prefix, isNewestFirst: order == .newest, cursor: cursor)
    }

    /// Whether it asks for a name.
    package func matches(_ name: String) -> Bool {
        if let prefix, !name.utf8.starts(with: prefix.utf8) { return false }
        guard let text else { return true }
        return Self.folded(name).contains(Self.folded(text))
    }

    private static func folded(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

/// The blobs of a capsule. Each iteration starts from the beginning.
///
/// Blobs that are created or deleted meanwhile may or may not be seen; all others are seen exactly once.
///
/// ```swift
/// for try await blob in client.blobs(BlobQuery(text: "kiss")) { print(blob.name) }
/// ```
public struct BlobSequence: AsyncSequence, Sendable {
    public typealias Element = BlobDocument

    let client: UploadClient
    let query: BlobQuery

    public func makeAsyncIterator() -> Iterator { Iterator(client: client, query: query) }

    /// Fetches the next page after the last blob of the previous one.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: UploadClient
        private let query: BlobQuery
        private var page: ArraySlice<BlobDocument> = []
        private var cursor: String?
        private var isAtLastPage = false

        fileprivate init(client: UploadClient, query: BlobQuery) {
            self.client = client
            self.query = query
        }

        /// - Throws: `ClientError` `not_found` for the capsule, and as every call; `CancellationError`.
        public mutating func next() async throws -> BlobDocument? {
            // A page may be empty although others follow.
            while page.isEmpty, !isAtLastPage {
                let document = try await client.page(of: query, cursor: cursor)
                page = document.blobs[...]
                cursor = document.next
                isAtLastPage = cursor == nil
            }
            return page.popFirst()
        }
    }
}

extension UploadClient {
    fileprivate func page(of query: BlobQuery, cursor: String?) async throws -> BlobListDocument {
        try await document(BlobListDocument.self, TransportRequest(.get, query.path(cursor: cursor)))
    }
}
