import FoundationEssentials

/// Base64url without padding (RFC 7515, section 2).
enum Base64URL {
    /// - Returns: nil for anything else, also for bits after the last byte (RFC 4648, section 3.5): a text has one form only.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var base64 = Array(text.utf8)
        for index in base64.indices {
            switch base64[index] {
            case UInt8(ascii: "-"): base64[index] = UInt8(ascii: "+")
            case UInt8(ascii: "_"): base64[index] = UInt8(ascii: "/")
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: break
            }
        }
        base64 += Array(repeating: UInt8(ascii: "="), count: (4 - base64.count % 4) % 4)
        let padded = Data(base64)
        guard let bytes = Data(base64Encoded: padded), bytes.base64EncodedData() == padded else { return nil }
        return Array(bytes)
    }
}
