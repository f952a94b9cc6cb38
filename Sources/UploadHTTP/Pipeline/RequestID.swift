import HTTPTypes
import UploadCore

/// Identifies a request in its response, in the log and in reports of internal errors.
struct RequestID: Hashable, Sendable, CustomStringConvertible {
    static let field: HTTPField.Name = {
        guard let name = HTTPField.Name("X-Request-ID") else { preconditionFailure("X-Request-ID is a token") }
        return name
    }()
    static let bytesMax = 128

    let description: String

    /// The client's `X-Request-ID` if there is exactly one, of visible ASCII and bounded length; a random one
    /// otherwise.
    init(_ fields: HTTPFields) {
        let given = fields[values: Self.field]
        if given.count == 1, (1...Self.bytesMax).contains(given[0].utf8.count),
            given[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        {
            description = given[0]
        } else {
            description = Self.random()
        }
    }

    /// 64 random bits as 16 hexadecimal digits.
    private static func random() -> String {
        let bits = UInt64.random(in: .min ... .max)
        return String(unsafeUninitializedCapacity: 16) { digits in
            for index in 0..<16 {
                digits[index] = (UInt8(truncatingIfNeeded: bits >> UInt64(4 * index)) & 0xF).hexDigit()
            }
            return 16
        }
    }
}
