import UploadModel

extension Sequence<UInt8> {
    /// Encodes all bytes, except the kept ones, as `%XX` (RFC 3986, section 2.1).
    package func percentEncoded(keeping isKept: (UInt8) -> Bool) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(underestimatedCount)
        for byte in self {
            if isKept(byte) {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "%"))
                encoded.append((byte >> 4).hexDigit(uppercase: true))
                encoded.append((byte & 15).hexDigit(uppercase: true))
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// As one segment of a path or one value of a query: all but the unreserved characters are encoded.
    package var percentEncoded: String { percentEncoded(keeping: \.isUnreserved) }
}

extension UInt8 {
    /// A letter, a digit, or one of `-._~` (RFC 3986, section 2.3).
    package var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension String {
    /// The UTF-8 as `[UInt8].percentEncoded(keeping:)` encodes it.
    package func percentEncoded(keeping isKept: (UInt8) -> Bool) -> String { utf8.percentEncoded(keeping: isKept) }

    /// The UTF-8 as one segment of a path or one value of a query.
    package var percentEncoded: String { utf8.percentEncoded }

    /// Decodes a name or value of a form (WHATWG URL Standard, “application/x-www-form-urlencoded parsing”): a plus sign is
    /// a space, a percent sign without two hexadecimal digits is itself, and invalid UTF-8 is repaired.
    package static func formDecoded(_ text: some StringProtocol) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "%") }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), let high = rest.first, let low = rest.dropFirst().first,
                let pair = UInt8(hexadecimal: high, low)
            {
                rest = rest.dropFirst(2)
                bytes.append(pair)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes a segment of a path (RFC 3986, section 2.1).
    ///
    /// - Returns: nil for a percent sign without two hexadecimal digits, and for invalid UTF-8.
    package static func percentDecoded(_ segment: some StringProtocol) -> String? {
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
