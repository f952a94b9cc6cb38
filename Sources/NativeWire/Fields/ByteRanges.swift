/// The ranges that a `Range` field requests (RFC 9110, section 14).
public enum ByteRanges: Hashable, Sendable {
    /// The whole content, with 200: there is no applicable range.
    case whole
    /// Non-empty ranges in the requested order, with 206: one as the body, several as `MultipartByteRanges`.
    case ranges([Range<UInt64>])
    /// 416: all ranges are outside of the content.
    case unsatisfiable

    /// Resolves the field for a representation of `size` bytes.
    ///
    /// A malformed field or one with another unit is ignored (section 14.2). So is a field with more than `countMax`
    /// ranges, or with ranges that overlap so much that their sum exceeds the content: both cost the server more than
    /// they are worth to a client. A suffix of empty content is the whole content, since 206 cannot express an empty
    /// range.
    public init(_ field: String?, size: UInt64, countMax: Int) {
        guard let field, let specs = RangeSpec.parse(field, countMax: countMax) else {
            self = .whole
            return
        }
        if size == 0, specs.contains(where: \.isSatisfiableByNothing) {
            self = .whole
            return
        }
        let ranges = specs.compactMap { $0.range(of: size) }
        guard !ranges.isEmpty else {
            self = .unsatisfiable
            return
        }
        self = Self.fit(ranges, into: size) ? .ranges(ranges) : .whole
    }

    private static func fit(_ ranges: [Range<UInt64>], into size: UInt64) -> Bool {
        var rest = size
        for range in ranges {
            let count = range.upperBound - range.lowerBound
            guard count <= rest else { return false }
            rest -= count
        }
        return true
    }
}

/// One range as written. Numbers beyond 64 bits become `UInt64.max`, which no size reaches.
enum RangeSpec: Hashable {
    case from(first: UInt64, last: UInt64)
    case suffix(UInt64)

    var isSatisfiableByNothing: Bool {
        guard case .suffix(let count) = self else { return false }
        return count > 0
    }

    func range(of size: UInt64) -> Range<UInt64>? {
        switch self {
        case .from(let first, let last): first < size ? first..<(min(last, size - 1) + 1) : nil
        case .suffix(let count): count > 0 && size > 0 ? (size - min(count, size))..<size : nil
        }
    }

    /// nil for a malformed field, another unit, or more than `countMax` ranges.
    static func parse(_ field: String, countMax: Int) -> [RangeSpec]? {
        let halves = field.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, String(Substring(halves[0])).lowercased() == "bytes" else { return nil }
        var specs: [RangeSpec] = []
        for element in halves[1].split(separator: UInt8(ascii: ",")) {
            let trimmed = element.trimmingBlanks()
            // Recipients must take a few empty elements of a list (section 5.6.1.2).
            if trimmed.isEmpty { continue }
            guard specs.count < countMax, let spec = RangeSpec(trimmed) else { return nil }
            specs.append(spec)
        }
        return specs.isEmpty ? nil : specs
    }

    private init?(_ text: Substring.UTF8View) {
        let halves = text.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        switch (halves[0].isEmpty, halves[1].isEmpty) {
        case (true, true): return nil
        case (true, false):
            guard let count = UInt64(saturatingDigits: halves[1]) else { return nil }
            self = .suffix(count)
        case (false, true):
            guard let first = UInt64(saturatingDigits: halves[0]) else { return nil }
            self = .from(first: first, last: .max)
        case (false, false):
            guard let first = UInt64(saturatingDigits: halves[0]), let last = UInt64(saturatingDigits: halves[1]),
                first <= last
            else { return nil }
            self = .from(first: first, last: last)
        }
    }
}
