import RawStructuredFieldValues

/// Items of structured fields (RFC 9651, section 3.3). A malformed value is as if the field were missing, and so is one of
/// another type (section 4.2).
enum StructuredItem {
    static func integer(_ text: String?) -> Int64? {
        guard case .integer(let value)? = parse(text) else { return nil }
        return value
    }

    /// An integer that is not negative.
    static func count(_ text: String?) -> UInt64? { integer(text).flatMap { UInt64(exactly: $0) } }

    static func boolean(_ text: String?) -> Bool? {
        guard case .bool(let value)? = parse(text) else { return nil }
        return value
    }

    static func text(_ value: Bool) -> String { value ? "?1" : "?0" }

    private static func parse(_ text: String?) -> RFC9651BareItem? {
        guard let text else { return nil }
        var parser = StructuredFieldValueParser(Array(text.utf8))
        return try? parser.parseItemFieldValue().rfc9651BareItem
    }
}
