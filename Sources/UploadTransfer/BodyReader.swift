package import UploadCore

/// A buffer of a body that can be split without copying.
package protocol BodyBuffer: BorrowedBytes {
    /// Removes the first bytes and returns them.
    ///
    /// - Parameter byteCount: At most `count`.
    mutating func removePrefix(_ byteCount: Int) -> Self
}

extension ArraySlice<UInt8>: BodyBuffer {
    package mutating func removePrefix(_ byteCount: Int) -> ArraySlice<UInt8> {
        defer { removeFirst(byteCount) }
        return prefix(byteCount)
    }
}

/// Reads a body and writes it in pieces, which can end at the bounds of chunks.
///
/// Neither it nor its callers hold bytes while they wait for the next buffer: thousands of clients may be slow at once.
package struct BodyReader<Body: AsyncSequence> where Body.Element: BodyBuffer {
    private var buffers: Body.AsyncIterator
    /// Bytes that `collectWhole` read before it reached its limit; they are read again first.
    private var collected: ArraySlice<UInt8> = []
    private var rest: Body.Element?

    package init(_ body: Body) {
        buffers = body.makeAsyncIterator()
    }

    /// Waits for bytes.
    ///
    /// - Returns: false at the end of the body.
    package mutating func hasMore() async throws -> Bool {
        guard collected.isEmpty else { return true }
        while rest == nil {
            guard let buffer = try await buffers.next() else { return false }
            if buffer.count > 0 { rest = buffer }
        }
        return true
    }

    /// Writes the next bytes.
    ///
    /// - Returns: How many, at least one and at most `limit`; nil at the end of the body.
    mutating func write<Store: Catalogue, Blobs: BlobStore, Time>(
        to writer: borrowing UploadWriter<Store, Blobs, Time>, atMost limit: UInt64 = .max,
        observe: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
    ) async throws -> UInt64? {
        guard try await hasMore() else { return nil }
        if !collected.isEmpty {
            let bytes = collected.removePrefix(Int(min(limit, UInt64(collected.count))))
            // Even an empty slice keeps the memory of its array.
            if collected.isEmpty { collected = [] }
            try await writer.write(bytes, observe: observe)
            return UInt64(bytes.count)
        }
        guard let bytes = take(atMost: limit) else { return nil }
        try await writer.write(bytes, observe: observe)
        return UInt64(bytes.count)
    }

    /// The SHA-256 of the rest of the body.
    ///
    /// - Parameter compute: Runs the hashing.
    mutating func digest(computing compute: TransferCompute) async throws -> Digest {
        let hash = RunningHash()
        collected.withBytes { hash.update($0) }
        collected = []
        while try await hasMore(), let buffer = take(atMost: .max) {
            await compute { buffer.withBytes { hash.update($0) } }
        }
        return hash.digest
    }

    /// Collects the whole body.
    ///
    /// - Returns: nil if it has more than `limit` bytes; it can then still be read from its beginning.
    mutating func collectWhole(atMost limit: Int) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while try await hasMore() {
            guard let buffer = rest, bytes.count + buffer.count <= limit else {
                collected = bytes[...]
                return nil
            }
            buffer.withBytes { bytes.append(contentsOf: $0) }
            rest = nil
        }
        return bytes
    }

    private mutating func take(atMost limit: UInt64) -> Body.Element? {
        guard var buffer = rest else { return nil }
        rest = nil
        if UInt64(buffer.count) <= limit { return buffer }
        let piece = buffer.removePrefix(Int(limit))
        rest = buffer
        return piece
    }
}
