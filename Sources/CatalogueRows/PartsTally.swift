package import SessionCore
package import UploadCore

/// Counts the parts of a new concatenation, those of its parts included.
package struct PartsTally {
    private let allowance: Allowance
    private var repeats: [SessionId: UInt64] = [:]
    private var count: UInt64 = 0

    package init(_ allowance: Allowance) {
        self.allowance = allowance
    }

    /// - Throws: `too_large` beyond the limit of parts, or of repeats of one.
    package mutating func add(_ id: SessionId, times: UInt64) throws(UploadError) {
        count = count.clampedSum(times)
        let repeats = repeats[id, default: 0].clampedSum(times)
        self.repeats[id] = repeats
        try Limits.require(count, atMost: allowance.partsMax, .parts)
        try Limits.require(repeats, atMost: allowance.partRepeatsMax, .partRepeats)
    }
}

extension Sequence where Element: Hashable {
    /// How often each element occurs.
    package var counts: [Element: UInt64] {
        reduce(into: [:]) { counts, element in counts[element, default: 0] += 1 }
    }
}

extension UInt64 {
    package func clampedSum(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    package func clampedProduct(_ other: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
