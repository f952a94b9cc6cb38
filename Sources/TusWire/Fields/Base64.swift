import FoundationEssentials

/// Base64 (RFC 4648, section 4), with its padding or without: some clients leave it out.
enum Base64 {
    /// - Returns: nil for what has other characters or an impossible length.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let core = text.prefix { $0 != "=" }
        let padding = text.dropFirst(core.count)
        let missing = (4 - core.utf8.count % 4) % 4
        // A last group of one character has too few bits for a byte.
        guard missing < 3, padding.isEmpty || padding.elementsEqual(repeatElement("=", count: missing)) else {
            return nil
        }
        return Data(base64Encoded: core + String(repeating: "=", count: missing)).map { Array($0) }
    }

    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
