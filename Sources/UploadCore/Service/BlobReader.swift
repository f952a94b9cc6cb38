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

/// Reads the bytes of a blob in order, with one piece in memory at a time.
public struct BlobReader<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    let sessions: SessionCompat<Store, Blobs, Time>
    /// The slices not read yet, the next one last.
    private var slices: [BlobSlice]

    init(sessions: SessionCompat<Store, Blobs, Time>, slices: [BlobSlice]) {
        self.sessions = sessions
        self.slices = slices.reversed()
    }

    /// The next bytes, at most `limit`; nil at the end.
    ///
    /// - Throws: `store_corrupt` if stored bytes are missing (also if the blob was deleted meanwhile), `unavailable`.
    public mutating func next(limit: Int = 256 << 10) async throws(UploadError) -> [UInt8]? {
        guard let slice = slices.popLast() else { return nil }
        let middle = min(slice.range.upperBound, slice.range.lowerBound + UInt64(max(1, limit)))
        let here = slice.range.lowerBound..<middle
        let bytes =
            switch slice.extent.storage {
            case .file: try await sessions.blobs.read(slice.extent.key, here)
            case .catalogue: try await sessions.catalogue.catalogueBytes(slice.extent.source, here)
            }
        guard bytes.count == here.count else {
            throw UploadError(.storeCorrupt(detail: "\(slice.extent.source.text): \(bytes.count) bytes at \(here)"))
        }
        if middle < slice.range.upperBound {
            slices.append(BlobSlice(extent: slice.extent, range: middle..<slice.range.upperBound))
        }
        return bytes
    }

    /// Reads all remaining bytes into memory. For small blobs.
    public mutating func readAll() async throws(UploadError) -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await next() { all += bytes }
        return all
    }
}
