import NIOCore

/// A range of a file as pieces that are read when they are asked for: one piece in memory at a time.
struct FileSlice: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    /// Large enough that a hop to another thread for each is not felt.
    static let pieceBytes: UInt64 = 256 << 10

    let file: LocalFile
    let range: Range<UInt64>
    /// Told how many bytes were handed out.
    let onBytes: @Sendable (UInt64) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(slice: self, offset: range.lowerBound) }

    struct Iterator: AsyncIteratorProtocol {
        typealias Failure = any Error
        let slice: FileSlice
        var offset: UInt64

        /// - Throws: `content_changed` if the file ends before the range does.
        mutating func next() async throws -> ByteBuffer? {
            guard offset < slice.range.upperBound else { return nil }
            let count = Int(Swift.min(FileSlice.pieceBytes, slice.range.upperBound - offset))
            let piece = try await slice.file.read(at: offset, count: count)
            guard piece.readableBytes == count else { throw ClientError.contentChanged(slice.file.path) }
            offset += UInt64(count)
            slice.onBytes(UInt64(count))
            return piece
        }
    }
}
