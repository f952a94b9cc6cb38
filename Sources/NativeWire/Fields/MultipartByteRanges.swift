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
