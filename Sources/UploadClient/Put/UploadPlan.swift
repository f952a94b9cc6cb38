/// Tracks which chunks of an upload are waiting, in flight and acknowledged, and decides which to send next. Pure.
public struct UploadPlan: Hashable, Sendable {
    public struct Chunk: Hashable, Sendable {
        public let index: UInt64
        /// The chunk's byte range within the upload.
        public let range: Range<UInt64>

        public var length: UInt64 { range.upperBound - range.lowerBound }
    }

    public let length: UInt64
    public let chunkSize: UInt64
    /// Chunks to send: disjoint ranges in descending order, the next one last.
    private var waiting: [ClosedRange<UInt64>] = []
    private var inFlight: Set<UInt64> = []
    /// Bytes acknowledged by the server, including those of earlier processes.
    public private(set) var acknowledgedBytes: UInt64 = 0

    /// - Parameters:
    ///   - chunkSize: At least 1.
    ///   - missing: The chunks that are not durable, as inclusive index ranges; indices outside of the upload are
    ///     ignored.
    ///   - acknowledgedBytes: The bytes of the durable chunks.
    public init(length: UInt64, chunkSize: UInt64, missing: [ClosedRange<UInt64>], acknowledgedBytes: UInt64 = 0) {
        precondition(chunkSize > 0, "a chunk has at least one byte")
        self.length = length
        self.chunkSize = chunkSize
        self.acknowledgedBytes = min(acknowledgedBytes, length)
        refresh(missing: missing)
    }

    public var chunkCount: UInt64 { length / chunkSize + (length % chunkSize == 0 ? 0 : 1) }

    public func chunk(_ index: UInt64) -> Chunk {
        let start = index * chunkSize
        return Chunk(index: index, range: start..<start + min(chunkSize, length - start))
    }

    /// Takes the next chunk to send, which is in flight from now on.
    public mutating func next() -> Chunk? {
        guard let range = waiting.popLast() else { return nil }
        if range.lowerBound < range.upperBound { waiting.append(range.lowerBound + 1...range.upperBound) }
        inFlight.insert(range.lowerBound)
        return chunk(range.lowerBound)
    }

    /// The server acknowledged a chunk in flight.
    public mutating func acknowledge(_ index: UInt64) {
        guard inFlight.remove(index) != nil else { return }
        acknowledgedBytes = min(length, acknowledgedBytes + chunk(index).length)
    }

    /// Replaces the waiting chunks by the server's current list. Chunks in flight stay in flight; acknowledged chunks
    /// on the list are sent again.
    public mutating func refresh(missing: [ClosedRange<UInt64>]) {
        let count = chunkCount
        waiting = missing.reversed().compactMap { range in
            guard range.lowerBound < count else { return nil }
            return range.lowerBound...min(range.upperBound, count - 1)
        }
        for index in inFlight.sorted() { withdraw(index) }
    }

    private mutating func withdraw(_ index: UInt64) {
        guard let position = waiting.firstIndex(where: { $0.contains(index) }) else { return }
        let range = waiting[position]
        var rest: [ClosedRange<UInt64>] = []
        if index < range.upperBound { rest.append(index + 1...range.upperBound) }
        if range.lowerBound < index { rest.append(range.lowerBound...index - 1) }
        waiting.replaceSubrange(position...position, with: rest)
    }
}

extension UploadPlan {
    /// Parses inclusive ranges in the form of the documents.
    ///
    /// - Returns: nil if they are malformed.
    public static func ranges(_ pairs: [[UInt64]]) -> [ClosedRange<UInt64>]? {
        var ranges: [ClosedRange<UInt64>] = []
        for pair in pairs {
            guard pair.count == 2, pair[0] <= pair[1] else { return nil }
            ranges.append(pair[0]...pair[1])
        }
        return ranges
    }
}
