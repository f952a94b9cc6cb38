package import HTTPTypes

/// The token in `Authorization: Bearer TOKEN` (RFC 6750, section 2.1).
package struct BearerToken: Sendable {
    /// `token68` of RFC 9110, section 11.2: ASCII, with padding at the end only.
    package let text: Substring

    package var byteCount: Int { text.utf8.count }

    /// - Returns: nil unless there is exactly one field, with a well-formed token. The scheme's case does not matter (RFC
    ///   9110, section 11.1).
    package init?(_ request: HTTPRequest) {
        let fields = request.headerFields[values: .authorization]
        guard fields.count == 1 else { return nil }
        let parts = fields[0].split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        guard !token.isEmpty, token.utf8.allSatisfy(Self.isTokenByte) else { return nil }
        // Padding is allowed at the end only.
        let unpadded = token.utf8.drop { $0 != UInt8(ascii: "=") }
        guard unpadded.allSatisfy({ $0 == UInt8(ascii: "=") }), unpadded.count < token.utf8.count else { return nil }
        text = token
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~+/=".utf8.contains(byte)
        }
    }
}
