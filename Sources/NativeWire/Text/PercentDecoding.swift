extension NativePath {
    /// Decodes a segment of a path (RFC 3986, section 2.1).
    ///
    /// - Returns: nil for a percent sign without two hexadecimal digits, and for invalid UTF-8.
    public static func decode(_ segment: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = segment.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next(), let low = rest.next(),
                let pair = UInt8(hexadecimal: high, low)
            else { return nil }
            bytes.append(pair)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate init?(hexadecimal high: UInt8, _ low: UInt8) {
        guard let high = Character(UnicodeScalar(high)).hexDigitValue,
            let low = Character(UnicodeScalar(low)).hexDigitValue
        else { return nil }
        self = UInt8(high << 4 | low)
    }
}
