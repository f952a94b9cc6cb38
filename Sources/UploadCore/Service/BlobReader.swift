public import SessionCore

/// A range of an extent.
public struct BlobSlice: Hashable, Sendable {
    public let extent: Extent
    public let range: Range<UInt64>

    package init(extent: Extent, range: Range<UInt64>) {
        self.extent = extent
        self.range = range
    }
}

extension Blob {
    /// The slices of a range of the blob, in order.
    public func slices(_ range: Range<UInt64>) -> [BlobSlice] {
        var start: UInt64 = 0
        var slices: [BlobSlice] = []
        for extent in extents {
            let here = range.clamped(to: start..<start + extent.length)
            if !here.isEmpty {
                slices.append(BlobSlice(extent: extent, range: here.lowerBound - start..<here.upperBound - start))
            }
            start += extent.length
        }
        return slices
    }
}

extension Blob {
    /// The byte range of a chunk.
    ///
    /// - Throws: `invalid_argument` for a blob without chunks or an index past the last.
    public func chunkRange(_ index: UInt64) throws(UploadError) -> Range<UInt64> {
        guard let chunkSize else { throw UploadError(.invalidArgument("blob", "has no chunks")) }
        guard index < size / chunkSize + (size % chunkSize == 0 ? 0 : 1) else {
            throw UploadError(.invalidArgument("index", "is \(index), past the last chunk"))
        }
        return index * chunkSize..<min((index + 1) * chunkSize, size)
    }
}

/// Reads the bytes of a blob in order, with one piece in memory at a time, and verifies them: bytes in the catalogue by
/// their digest before any of them is returned, bytes in files by the checksum of each block before its last one is
/// returned. Blocks that a range covers in part are not verified.
///
/// ```swift
/// for try await bytes in try await service.read(blob, by: caller) { … }
/// ```
public struct BlobReader<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    let sessions: SessionCompat<Store, Blobs, Time>
    /// The slices not begun yet, in reverse order.
    private var slices: [BlobSlice]
    /// The slice in progress.
    private var current: SliceReader?

    private enum SliceReader: Sendable {
        /// The unread bytes of a slice in the catalogue.
        case bytes(ArraySlice<UInt8>)
        case file(VerifiedStream<Store, Blobs>)
    }

    init(sessions: SessionCompat<Store, Blobs, Time>, slices: [BlobSlice]) {
        self.sessions = sessions
        self.slices = slices.reversed()
    }

    /// The next bytes, at most `limit`; nil at the end.
    ///
    /// - Throws: `store_corrupt` if stored bytes are damaged, or missing (also if the blob was deleted meanwhile),
    ///   `unavailable`.
    public mutating func next(limit: Int) async throws(UploadError) -> [UInt8]? {
        let limit = Swift.max(1, limit)
        while true {
            switch current {
            case .bytes(let bytes) where !bytes.isEmpty:
                current = .bytes(bytes.dropFirst(limit))
                return Array(bytes.prefix(limit))
            case .file(var stream):
                let bytes = try await stream.next(limit: limit)
                current = .file(stream)
                if let bytes { return bytes }
            case .bytes, nil: break
            }
            guard let slice = slices.popLast() else { return nil }
            current = try await begin(slice)
        }
    }

    private func begin(_ slice: BlobSlice) async throws(UploadError) -> SliceReader {
        let extent = slice.extent
        guard extent.storage == .catalogue else {
            return .file(VerifiedStream(sessions.catalogue, sessions.blobs, slice))
        }
        // At most `Limits.catalogueBytesCeiling`.
        let all = try await sessions.catalogue.catalogueBytes(extent.source, 0..<extent.length)
        guard Digest(of: all) == extent.digest else {
            throw UploadError(
                .storeCorrupt(
                    detail: "\(extent.source.text): \(all.count) bytes in the catalogue do not have their digest"))
        }
        return .bytes(all[Int(slice.range.lowerBound)..<Int(slice.range.upperBound)])
    }

    /// Reads all remaining bytes into memory. For small blobs.
    public mutating func readAll() async throws(UploadError) -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await next() { all += bytes }
        return all
    }
}

/// The pieces of the bytes, at most 256 KiB each.
extension BlobReader: AsyncSequence, AsyncIteratorProtocol {
    public typealias Element = [UInt8]
    public typealias Failure = UploadError

    public func makeAsyncIterator() -> Self { self }

    public mutating func next() async throws(UploadError) -> [UInt8]? { try await next(limit: 256 << 10) }

    public mutating func next(isolation: isolated (any Actor)?) async throws(UploadError) -> [UInt8]? {
        try await next(limit: 256 << 10)
    }
}
