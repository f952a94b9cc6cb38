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

extension StringProtocol {
    /// Without spaces and tabs at both ends (RFC 9110, section 5.6.3).
    var trimmingBlanks: SubSequence {
        let scalars = unicodeScalars
        let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
        let start = scalars.firstIndex { !isBlank($0) } ?? scalars.endIndex
        var end = scalars.endIndex
        while start < end {
            let last = scalars.index(before: end)
            guard isBlank(scalars[last]) else { break }
            end = last
        }
        return self[start..<end]
    }
}
