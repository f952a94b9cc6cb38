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
    /// The slices not begun yet, in reverse order.
    private var slices: [BlobSlice]
    /// The slice in progress, with its unread range.
    private var current: (slice: BlobSlice, rest: Range<UInt64>, stream: Blobs.Stream?)?

    init(sessions: SessionCompat<Store, Blobs, Time>, slices: [BlobSlice]) {
        self.sessions = sessions
        self.slices = slices.reversed()
    }

    /// The next bytes, at most `limit`; nil at the end.
    ///
    /// - Throws: `store_corrupt` if stored bytes are missing (also if the blob was deleted meanwhile), `unavailable`.
    public mutating func next(limit: Int = 256 << 10) async throws(UploadError) -> [UInt8]? {
        guard let (slice, next, began) = current ?? begin() else { return nil }
        var (rest, stream) = (next, began)
        let here = rest.lowerBound..<min(rest.upperBound, rest.lowerBound + UInt64(max(1, limit)))
        let bytes: [UInt8]
        if stream != nil {
            bytes = try await stream?.next(limit: here.count) ?? []
        } else {
            bytes = try await sessions.catalogue.catalogueBytes(slice.extent.source, here)
        }
        // A stream may return fewer bytes than requested, the catalogue may not.
        guard !bytes.isEmpty, stream != nil || bytes.count == here.count else {
            throw UploadError(.storeCorrupt(detail: "\(slice.extent.source.text): \(bytes.count) bytes at \(here)"))
        }
        rest = rest.lowerBound + UInt64(bytes.count)..<rest.upperBound
        current = rest.isEmpty ? nil : (slice, rest, stream)
        return bytes
    }

    private mutating func begin() -> (BlobSlice, Range<UInt64>, Blobs.Stream?)? {
        guard let slice = slices.popLast() else { return nil }
        let stream = slice.extent.storage == .file ? sessions.blobs.stream(slice.extent.key, slice.range) : nil
        return (slice, slice.range, stream)
    }

    /// Reads all remaining bytes into memory. For small blobs.
    public mutating func readAll() async throws(UploadError) -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await next() { all += bytes }
        return all
    }
}
