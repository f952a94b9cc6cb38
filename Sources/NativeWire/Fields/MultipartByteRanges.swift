/// Several ranges of a whole in one body, `multipart/byteranges` (RFC 9110, section 14.6).
///
/// The body is, for each part, its head and its bytes, and at the end the closing. Nothing of it needs to be held at once.
public struct MultipartByteRanges: Hashable, Sendable {
    public let ranges: [Range<UInt64>]
    private let size: UInt64
    private let type: String
    private let boundary: String

    /// - Parameters:
    ///   - ranges: As `ByteRanges` gives them.
    ///   - size: Bytes of the whole.
    ///   - type: Of the whole.
    ///   - random: Makes a boundary of 128 bits, which no content can be prepared for.
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

    /// Of the answer.
    public var contentType: String { "multipart/byteranges; boundary=\(boundary)" }

    /// What stands before the bytes of a part.
    public func head(of index: Int) -> [UInt8] {
        Array(
            ((index == 0 ? "" : "\r\n") + "--\(boundary)\r\nContent-Type: \(type)\r\n"
                + "Content-Range: \(ContentRange(ranges[index], of: size).text)\r\n\r\n").utf8)
    }

    /// What stands after the last part.
    public var closing: [UInt8] { Array("\r\n--\(boundary)--\r\n".utf8) }

    /// Bytes of the whole body.
    public var contentLength: UInt64 {
        ranges.indices.reduce(UInt64(closing.count)) { sum, index in
            sum + UInt64(head(of: index).count) + (ranges[index].upperBound - ranges[index].lowerBound)
        }
    }
}
