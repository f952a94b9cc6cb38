import HTTPTypes
public import NativeWire

/// The memories of a capsule, one page at a time in memory. Each iteration begins anew.
///
/// Memories that are made or deleted meanwhile are seen or not; all others are seen once.
public struct MemorySequence: AsyncSequence, Sendable {
    public typealias Element = MemoryDocument

    let client: UploadClient
    let capsule: String
    let order: MemoryQuery.Order
    let includesInline: Bool

    public func makeAsyncIterator() -> Iterator { Iterator(sequence: self) }

    /// Asks for the next page when it has given out the last memory of the one before.
    public struct Iterator: AsyncIteratorProtocol {
        private let sequence: MemorySequence
        private var page: ArraySlice<MemoryDocument> = []
        private var cursor: String?
        private var isAtLastPage = false

        fileprivate init(sequence: MemorySequence) {
            self.sequence = sequence
        }

        /// - Throws: `ClientError` `not_found` for the capsule, and as every call; `CancellationError`.
        public mutating func next() async throws -> MemoryDocument? {
            while page.isEmpty, !isAtLastPage {
                let document = try await sequence.page(after: cursor)
                page = document.memories[...]
                cursor = document.next
                isAtLastPage = cursor == nil
            }
            return page.popFirst()
        }
    }

    private func page(after cursor: String?) async throws -> MemoryListDocument {
        let path = NativePath.memories(
            in: capsule, order: order, includesInline: includesInline, cursor: cursor)
        return try await client.document(MemoryListDocument.self, TransportRequest(.get, path))
    }
}
