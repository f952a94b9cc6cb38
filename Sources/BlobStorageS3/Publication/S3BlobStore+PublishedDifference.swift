package import UploadCore

/// How a published object differs from its blob.
package enum PublishedDifference: Hashable, Sendable {
    case missing
    /// It has this many bytes.
    case size(UInt64)
    /// It has the size of the blob, and other bytes.
    case bytes

    /// A sentence about the object, for the operator.
    package func text(_ object: String, _ blob: Blob) -> String {
        switch self {
        case .missing: "\(object) is missing"
        case .size(let size): "\(object) has \(size) of \(blob.size) bytes"
        case .bytes: "\(object) has other bytes than its blob"
        }
    }
}

extension S3BlobStore {
    /// Reads a published object from one end to the other, and compares its size and the SHA-256 of each extent with those of
    /// its blob.
    ///
    /// - Parameter willContinue: Called between two reads, with the bytes that were read so far.
    /// - Returns: Nil if the object has the bytes of the blob.
    /// - Throws: `unavailable`, also if the object was replaced while it was read; what `willContinue` throws.
    package func difference(
        ofPublished name: String, from blob: Blob,
        willContinue: (_ bytesRead: UInt64) async throws(UploadError) -> Void = { _ in }
    ) async throws(UploadError) -> PublishedDifference? {
        // A read of no bytes would not tell whether there is an object.
        if blob.size == 0 { return try await differenceOfSize(ofPublished: name, from: blob) }
        do throws(UploadError) {
            var reader = PublishedReader(client, name, size: blob.size)
            return try await reader.has(blob.extents, willContinue) ? nil : .bytes
        } catch {
            guard error.code == .storeCorrupt else { throw error }
            if let difference = try await differenceOfSize(ofPublished: name, from: blob) { return difference }
            throw UploadError(.unavailable(detail: error.debugDescription))
        }
    }

    private func differenceOfSize(
        ofPublished name: String, from blob: Blob
    ) async throws(UploadError) -> PublishedDifference? {
        guard let size = try await size(ofPublished: name) else { return .missing }
        return size == blob.size ? nil : .size(size)
    }
}

extension PublishedReader {
    /// Whether the object's bytes are those of the extents, by their digests. Ends at the first extent that differs.
    fileprivate mutating func has(
        _ extents: [Extent], _ willContinue: (_ bytesRead: UInt64) async throws(UploadError) -> Void
    ) async throws(UploadError) -> Bool {
        var bytes: ArraySlice<UInt8> = []
        var bytesRead: UInt64 = 0
        for extent in extents {
            var hasher = SHA256Hasher()
            var rest = extent.length
            while rest > 0 {
                if bytes.isEmpty {
                    try await willContinue(bytesRead)
                    guard let next = try await next() else { return false }
                    bytes = next[...]
                    bytesRead += UInt64(next.count)
                }
                let count = Int(min(rest, UInt64(bytes.count)))
                bytes.prefix(count).withUnsafeBytes { hasher.update($0) }
                bytes.removeFirst(count)
                rest -= UInt64(count)
            }
            guard hasher.finalize() == extent.digest else { return false }
        }
        return true
    }
}
