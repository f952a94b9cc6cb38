package import UploadModel

/// The names and values in the query of a URL, as forms encode them (WHATWG URL Standard,
/// “application/x-www-form-urlencoded parsing”): a plus sign is a space, and a name without an equals sign has an empty value.
///
///     let fields = try QueryFields("name=a+b.jpg&strict")
///     fields["name"]      // "a b.jpg"
///     fields["strict"]    // ""
///     fields["type"]      // nil
package struct QueryFields: Sendable {
    private var fields: [String: String] = [:]

    /// - Parameter query: Without the question mark; nil for none.
    /// - Throws: `invalid_argument` for a query that is not percent-encoded UTF-8, and for one that says something twice.
    package init(_ query: String?) throws(UploadError) {
        guard let query, !query.isEmpty else { return }
        if query.utf8.contains(UInt8(ascii: "%")), String.percentDecoded(query) == nil {
            throw UploadError(.invalidArgument("query", "is not percent-encoded UTF-8"))
        }
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let name = String.formDecoded(Substring(pair[..<end]))
            let value = String.formDecoded(Substring(pair[end...].dropFirst()))
            guard fields.updateValue(value, forKey: name) == nil else {
                throw UploadError(.invalidArgument(name, "is in the query twice"))
            }
        }
    }

    package subscript(name: String) -> String? { fields[name] }
}
