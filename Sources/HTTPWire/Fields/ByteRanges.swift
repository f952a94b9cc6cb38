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

/// `Content-Range` (RFC 9110, section 14.4) for a range of content of known size.
public struct ContentRange: Hashable, Sendable {
    /// Not empty, and within the size.
    public let range: Range<UInt64>
    public let size: UInt64

    public init(_ range: Range<UInt64>, of size: UInt64) {
        precondition(!range.isEmpty && range.upperBound <= size, "\(range) is no part of \(size) bytes")
        self.range = range
        self.size = size
    }

    /// `bytes 0-99/1234`.
    public var text: String { "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)" }

    /// Parses the format of `text`; nil for anything else, including other units and unknown sizes.
    public init?(parsing field: String) {
        let prefix = "bytes "
        guard field.lowercased().hasPrefix(prefix) else { return nil }
        let parts = field.utf8.dropFirst(prefix.utf8.count).split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, let size = UInt64(exactDigits: parts[1]) else { return nil }
        let ends = parts[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard ends.count == 2, let first = UInt64(exactDigits: ends[0]), let last = UInt64(exactDigits: ends[1]),
            first <= last, last < size
        else { return nil }
        self.init(first..<(last + 1), of: size)
    }
}

/// Several ranges in one `multipart/byteranges` body (RFC 9110, section 14.6).
///
/// The body consists of the head and the bytes of each part, and the closing delimiter, so that it can be streamed.
public struct MultipartByteRanges: Hashable, Sendable {
    public let ranges: [Range<UInt64>]
    private let size: UInt64
    private let type: String
    private let boundary: String

    /// - Parameters:
    ///   - ranges: The result of `ByteRanges`.
    ///   - size: Bytes of the whole content.
    ///   - type: The type of the whole content.
    ///   - random: Generates a boundary of 128 bits, which no content can anticipate.
    public init(
        _ ranges: [Range<UInt64>], of size: UInt64, type: MediaType, using random: inout some RandomNumberGenerator
    ) {
        self.ranges = ranges
        self.size = size
        self.type = type.text
        let halves = [random.next(), random.next()].map { half -> String in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        boundary = "wharf-" + halves.joined()
    }

    /// The `Content-Type` of the response.
    public var contentType: String { "multipart/byteranges; boundary=\(boundary)" }

    /// The delimiter and header before the bytes of a part.
    public func head(of index: Int) -> [UInt8] {
        Array(
            ((index == 0 ? "" : "\r\n") + "--\(boundary)\r\nContent-Type: \(type)\r\n"
                + "Content-Range: \(ContentRange(ranges[index], of: size).text)\r\n\r\n").utf8)
    }

    /// The delimiter after the last part.
    public var closing: [UInt8] { Array("\r\n--\(boundary)--\r\n".utf8) }

    /// Bytes of the whole body.
    public var contentLength: UInt64 {
        ranges.indices.reduce(UInt64(closing.count)) { sum, index in
            sum + UInt64(head(of: index).count) + (ranges[index].upperBound - ranges[index].lowerBound)
        }
    }
}
