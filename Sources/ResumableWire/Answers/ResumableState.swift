public import HTTPTypes

/// The state of an upload in a response.
public struct ResumableState: Hashable, Sendable {
    /// Bytes that are durable.
    public var offset: UInt64
    public var isComplete: Bool
    /// nil while it is unknown.
    public var length: UInt64?

    public init(offset: UInt64, isComplete: Bool, length: UInt64?) {
        self.offset = offset
        self.isComplete = isComplete
        self.length = length
    }

    /// Reads a response.
    ///
    /// - Parameter version: That of the request. Since draft 13 the completeness may be missing, which is taken as incomplete.
    /// - Returns: nil without an offset.
    public init?(_ fields: HTTPFields, _ version: InteropVersion) {
        guard let offset = StructuredItem.count(fields[ResumableField.uploadOffset]) else { return nil }
        self.init(
            offset: offset, isComplete: Completeness(fields, version).value ?? false,
            length: StructuredItem.count(fields[ResumableField.uploadLength]))
    }

    /// For final responses to creations and appends.
    public func fields(for version: InteropVersion) -> HTTPFields {
        var fields = version.fields(isComplete: isComplete)
        fields[ResumableField.interopVersion] = nil
        fields[ResumableField.uploadOffset] = String(offset)
        return fields
    }

    /// For `HEAD` and `GET`, which must not be cached.
    public func statusFields(for version: InteropVersion) -> HTTPFields {
        var fields = fields(for: version)
        fields[ResumableField.uploadLength] = length.map { String($0) }
        fields[.cacheControl] = "no-store"
        return fields
    }
}

/// A 104 response (section “Status Code 104”).
public struct ResumableInterim: Hashable, Sendable {
    public let version: InteropVersion
    /// The URL of the upload.
    public let location: String?
    public let limit: UploadLimit?
    /// Durable bytes: a client may forget the bytes before it.
    public let offset: UInt64?

    public init(version: InteropVersion, location: String?, limit: UploadLimit?, offset: UInt64?) {
        self.version = version
        self.location = location
        self.limit = limit
        self.offset = offset
    }

    /// Reads an interim response to a request of a version.
    ///
    /// - Returns: nil for one that does not have the same version.
    public init?(_ fields: HTTPFields, requested version: InteropVersion) {
        guard InteropVersion(fields) == version else { return nil }
        self.init(
            version: version, location: fields[.location],
            limit: fields[ResumableField.uploadLimit].flatMap { UploadLimit($0) },
            offset: StructuredItem.count(fields[ResumableField.uploadOffset]))
    }

    public var fields: HTTPFields {
        var fields: HTTPFields = [ResumableField.interopVersion: String(version.number)]
        fields[.location] = location
        fields[ResumableField.uploadLimit] = limit?.text(for: version)
        fields[ResumableField.uploadOffset] = offset.map { String($0) }
        return fields
    }
}
