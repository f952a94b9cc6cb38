import UploadModel

/// Percent-encoding as Signature Version 4 requires it (RFC 3986 §2, upper-case digits).
enum URIEncoding {
    /// Encodes everything but unreserved characters, and slashes if these are to be kept.
    static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if byte.isUnreserved || keepingSlashes && byte == UInt8(ascii: "/") {
                encoded.append(byte)
            } else {
                encoded += [
                    UInt8(ascii: "%"), (byte >> 4).hexDigit(uppercase: true), (byte & 15).hexDigit(uppercase: true),
                ]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// nil unless every `%` begins an escape and the result is UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        var decoded: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
                let value = UInt8(Substring(digits), radix: 16)
            else { return nil }
            decoded.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

extension UInt8 {
    /// A letter, a digit, or one of `-._~` (RFC 3986 §2.3).
    var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
