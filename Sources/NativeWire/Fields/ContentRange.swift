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
