import FoundationEssentials
import HTTPTypes
import HTTPWire

extension HTTPFields {
    /// A field that is a number of bytes: decimal digits and nothing else.
    ///
    /// - Returns: nil if the field is missing; `UInt64.max` for a number beyond 64 bits.
    /// - Throws: 400 for anything else, including several values.
    func byteCount(_ name: HTTPField.Name) throws(RequestFailure) -> UInt64? {
        guard let text = self[name] else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            throw .invalidField(name, "must be a number of bytes, in digits")
        }
        return UInt64(text) ?? .max
    }
}

/// Base64 (RFC 4648, section 4). Padding may be left out, as some clients do.
enum Base64 {
    /// - Returns: nil for other characters, wrong padding or an impossible length.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let core = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.utf8[core.endIndex...]
        let missing = String(repeating: "=", count: (4 - core.count % 4) % 4)
        guard padding.isEmpty || padding.elementsEqual(missing.utf8) else { return nil }
        return Data(base64Encoded: text + (padding.isEmpty ? missing : "")).map(Array.init)
    }

    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
