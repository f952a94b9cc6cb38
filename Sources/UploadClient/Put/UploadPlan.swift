/// Which chunks of an upload are to be sent, in flight and durable. Pure: it decides what to send next and sends nothing.
public struct UploadPlan: Hashable, Sendable {
    public struct Chunk: Hashable, Sendable {
        public let index: UInt64
        /// The bytes of the whole that it holds.
        public let range: Range<UInt64>

        public var length: UInt64 { range.upperBound - range.lowerBound }
    }

    public let length: UInt64
    public let chunkSize: UInt64
    /// Not sent yet: ascending, neither adjacent nor overlapping, the next one last.
    private var waiting: [ClosedRange<UInt64>] = []
    private var inFlight: Set<UInt64> = []
    /// Bytes that the server has acknowledged, before this process and in it.
    public private(set) var acknowledgedBytes: UInt64 = 0

    /// - Parameters:
    ///   - chunkSize: At least 1.
    ///   - missing: The chunks that are not durable, as inclusive ranges of indices; what lies outside the upload is ignored.
    ///   - acknowledgedBytes: Bytes of those that are.
    public init(length: UInt64, chunkSize: UInt64, missing: [ClosedRange<UInt64>], acknowledgedBytes: UInt64 = 0) {
        precondition(chunkSize > 0, "a chunk has at least one byte")
        self.length = length
        self.chunkSize = chunkSize
        self.acknowledgedBytes = min(acknowledgedBytes, length)
        refresh(missing: missing)
    }

    public var chunkCount: UInt64 { length / chunkSize + (length % chunkSize == 0 ? 0 : 1) }

    /// Whether nothing that is known to be missing is left to send or under way.
    public var isDone: Bool { waiting.isEmpty && inFlight.isEmpty }

    public var hasMore: Bool { !waiting.isEmpty }

    public func chunk(_ index: UInt64) -> Chunk {
        let start = index * chunkSize
        return Chunk(index: index, range: start..<start + min(chunkSize, length - start))
    }

    /// Takes the next chunk to send; it is in flight from then on.
    public mutating func next() -> Chunk? {
        guard let range = waiting.popLast() else { return nil }
        if range.lowerBound < range.upperBound { waiting.append(range.lowerBound + 1...range.upperBound) }
        inFlight.insert(range.lowerBound)
        return chunk(range.lowerBound)
    }

    /// The server has a chunk that was in flight.
    public mutating func acknowledge(_ index: UInt64) {
        guard inFlight.remove(index) != nil else { return }
        acknowledgedBytes = min(length, acknowledgedBytes + chunk(index).length)
    }

    /// The server has said anew what is missing. What is in flight stays so; what was acknowledged and is missing after all
    /// is sent again.
    public mutating func refresh(missing: [ClosedRange<UInt64>]) {
        let count = chunkCount
        waiting = missing.reversed().compactMap { range in
            guard range.lowerBound < count else { return nil }
            return range.lowerBound...min(range.upperBound, count - 1)
        }
        for index in inFlight.sorted() { withdraw(index) }
    }

    private mutating func withdraw(_ index: UInt64) {
        guard let place = waiting.firstIndex(where: { $0.contains(index) }) else { return }
        let range = waiting[place]
        var rest: [ClosedRange<UInt64>] = []
        if index < range.upperBound { rest.append(index + 1...range.upperBound) }
        if range.lowerBound < index { rest.append(range.lowerBound...index - 1) }
        waiting.replaceSubrange(place...place, with: rest)
    }
}

extension UploadPlan {
    /// Reads inclusive ranges as the documents have them.
    ///
    /// - Returns: nil if they are no ranges.
    public static func ranges(_ pairs: [[UInt64]]) -> [ClosedRange<UInt64>]? {
        var ranges: [ClosedRange<UInt64>] = []
        for pair in pairs {
            guard pair.count == 2, pair[0] <= pair[1] else { return nil }
            ranges.append(pair[0]...pair[1])
        }
        return ranges
    }
}
