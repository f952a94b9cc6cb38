package import HTTPTypes

extension HTTPFields {
    /// The value of a field, as the subscript returns it: joined if several fields have the name (RFC 9110, section 5.3). A
    /// single value is returned as it is, while the subscript joins that, too, by way of generic sequences.
    package func value(of name: HTTPField.Name) -> String? {
        var value: String?
        for field in self where field.name == name {
            if value != nil { return self[name] }
            value = field.value
        }
        return value
    }
}
