import FoundationEssentials

/// Base64 (RFC 4648, section 4), with its padding or without: some clients leave it out.
enum Base64 {
    private static let none: UInt8 = 0xFF

    /// The six bits that each character stands for.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: none, count: 256)
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, digit) in digits.utf8.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// - Returns: nil for what has other characters or an impossible length.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let core = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.utf8[core.endIndex...]
        let missing = (4 - core.count % 4) % 4
        // A last group of one character has too few bits for a byte.
        guard missing < 3, padding.isEmpty || padding.elementsEqual(repeatElement(UInt8(ascii: "="), count: missing))
        else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(core.count * 3 / 4)
        var (bits, bitCount): (UInt32, Int) = (0, 0)
        for character in core {
            let value = values[Int(character)]
            guard value != none else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
        }
        return bytes
    }

    static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
