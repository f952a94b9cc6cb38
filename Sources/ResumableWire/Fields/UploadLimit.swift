import HTTPTypes
import RawStructuredFieldValues

/// `Upload-Limit`: a dictionary of integers. Members of another type, and unknown ones, are ignored.
public struct UploadLimit: Hashable, Sendable {
    /// Bytes of an upload.
    public var maxSize: UInt64?
    public var minSize: UInt64?
    /// Bytes of one request.
    public var maxAppendSize: UInt64?
    public var minAppendSize: UInt64?
    /// The remaining lifetime of an upload, `max-age` or, in version 6, `expires`.
    public var lifetimeSeconds: UInt64?

    public init(
        maxSize: UInt64? = nil, minSize: UInt64? = nil, maxAppendSize: UInt64? = nil, minAppendSize: UInt64? = nil,
        lifetimeSeconds: UInt64? = nil
    ) {
        self.maxSize = maxSize
        self.minSize = minSize
        self.maxAppendSize = maxAppendSize
        self.minAppendSize = minAppendSize
        self.lifetimeSeconds = lifetimeSeconds
    }

    /// - Returns: nil for a field that is not a dictionary.
    public init?(_ text: String) {
        var parser = StructuredFieldValueParser(Array(text.utf8))
        guard let members = try? parser.parseDictionaryFieldValue() else { return nil }
        func count(_ key: String) -> UInt64? {
            guard case .item(let item)? = members[key], case .integer(let value) = item.rfc9651BareItem else {
                return nil
            }
            return UInt64(exactly: value)
        }
        self.init(
            maxSize: count("max-size"), minSize: count("min-size"), maxAppendSize: count("max-append-size"),
            minAppendSize: count("min-append-size"), lifetimeSeconds: count("max-age") ?? count("expires"))
    }

    /// The value of the field; `min-size=0` without limits, since an empty dictionary cannot be sent.
    public func text(for version: InteropVersion) -> String {
        let members = [
            ("max-size", maxSize), ("min-size", minSize), ("max-append-size", maxAppendSize),
            ("min-append-size", minAppendSize), (version.lifetimeKey, lifetimeSeconds),
        ].compactMap { key, value in value.map { "\(key)=\(min($0, ResumableUploads.integerMax))" } }
        return members.isEmpty ? "min-size=0" : members.joined(separator: ", ")
    }
}
