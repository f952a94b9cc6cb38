/// Common rules of the grammar of HTTP (RFC 9110, section 5.6).
extension UInt8 {
    /// `tchar`.
    package var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: Self.tokenMarks.contains(self)
        }
    }

    private static let tokenMarks = Array("!#$%&'*+-.^_`|~".utf8)

    package var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension Substring.UTF8View {
    /// Without optional white space at both ends.
    package func trimmingBlanks() -> Substring.UTF8View {
        var text = drop(while: \.isBlank)
        while let last = text.last, last.isBlank { text.removeLast() }
        return text
    }

    /// Whether a byte is there twice in a row.
    package func hasAdjacent(_ byte: UInt8) -> Bool {
        zip(self, dropFirst()).contains { $0 == byte && $1 == byte }
    }
}

extension StringProtocol {
    /// Without optional white space at both ends.
    package var trimmingBlanks: Substring { Substring(Substring(self).utf8.trimmingBlanks()) }
}

extension UInt64 {
    /// Reads decimal digits only; a number beyond 64 bits becomes `UInt64.max`.
    package init?(saturatingDigits text: some Sequence<UInt8>) {
        guard let (value, overflow) = Self.read(text) else { return nil }
        self = overflow ? .max : value
    }

    /// Reads decimal digits only; nil for a number beyond 64 bits.
    package init?(exactDigits text: some Sequence<UInt8>) {
        guard let (value, overflow) = Self.read(text), !overflow else { return nil }
        self = value
    }

    private static func read(_ text: some Sequence<UInt8>) -> (value: UInt64, overflow: Bool)? {
        var value: UInt64 = 0
        var overflow = false
        var isEmpty = true
        for character in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
            isEmpty = false
            let (product, productOverflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = product.addingReportingOverflow(UInt64(character - UInt8(ascii: "0")))
            overflow = overflow || productOverflow || sumOverflow
            value = sum
        }
        return isEmpty ? nil : (value, overflow)
    }
}
