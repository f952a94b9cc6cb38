/// What a scrub has read.
struct ScrubAmount: Hashable, Sendable {
    /// Of uploads.
    private(set) var bytes: UInt64 = 0
    /// What counts against the rate, as a number of bytes: those that were read, more of them where a request returned few, and
    /// something for each row of the catalogue.
    private(set) var cost: UInt64 = 0

    /// Reading a row costs about as much as so many bytes.
    private static let rowCost: UInt64 = 4 << 10

    mutating func addRow() { cost += Self.rowCost }

    mutating func add(bytes: UInt64, cost: UInt64) {
        self.bytes += bytes
        self.cost += cost
    }
}

extension ScrubExamination {
    /// The part of a range that a step reads, in whole blocks.
    ///
    /// - Parameters:
    ///   - blockBytes: A block that is begun is read to its end.
    ///   - budget: The cost after which no other block is begun.
    func portion(
        of key: ObjectKey, _ range: Range<UInt64>, blockBytes: UInt64, budget: UInt64
    ) async throws(UploadError) -> (range: Range<UInt64>, cost: UInt64) {
        let requests = try await requests(for: key, range).map { $0.clamped(to: range) }
        var end = range.upperBound
        var cost: UInt64 = 0
        for request in requests {
            guard request.lowerBound < end else { break }
            cost += max(UInt64(request.count), requestCostMin)
            if cost >= budget { end = min(end, Self.end(ofBlockBefore: request.upperBound, blockBytes)) }
        }
        // Bytes that no request returns are damage, which reading them reports.
        return (range.lowerBound..<end, max(cost, UInt64(end - range.lowerBound)))
    }

    private static func end(ofBlockBefore position: UInt64, _ blockBytes: UInt64) -> UInt64 {
        let (blocks, rest) = position.quotientAndRemainder(dividingBy: blockBytes)
        let (end, overflow) = (blocks + (rest > 0 ? 1 : 0)).multipliedReportingOverflow(by: blockBytes)
        return overflow ? .max : end
    }
}
