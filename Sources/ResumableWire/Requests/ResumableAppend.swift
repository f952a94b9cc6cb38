public import HTTPTypes
public import HTTPWire

/// A `PATCH` that appends bytes to an upload.
public struct ResumableAppend: Hashable, Sendable {
    public enum End: Hashable, Sendable {
        /// Whether the end of the content is the end of the upload.
        case stated(isLast: Bool)
        /// The upload is complete if its length is known and reached.
        case atLength
    }

    /// nil: as in `ResumableCreation`.
    public let version: InteropVersion?
    public let offset: UInt64
    public let end: End
    /// As declared by `Upload-Length`; may repeat the known length.
    public let length: UInt64?

    public init(version: InteropVersion?, offset: UInt64, end: End, length: UInt64?) {
        self.version = version
        self.offset = offset
        self.end = end
        self.length = length
    }

    /// - Throws: 415 for another type, 400 for missing or malformed fields.
    public init(_ fields: HTTPFields) throws(RequestFailure) {
        let version = InteropVersion(fields)
        if (version ?? .latest).requiresPartialUploadType, !Self.isPartialUpload(fields) {
            throw .partialUploadRequired
        }
        guard let offset = StructuredItem.count(fields[ResumableField.uploadOffset]) else {
            throw .invalidStructuredField(ResumableField.uploadOffset, "must be a number of bytes")
        }
        self.init(
            version: version, offset: offset, end: try Self.end(fields, version),
            length: StructuredItem.count(fields[ResumableField.uploadLength]))
    }

    private static func end(_ fields: HTTPFields, _ version: InteropVersion?) throws(RequestFailure) -> End {
        let completeness = Completeness(fields, version)
        if let isLast = completeness.value { return .stated(isLast: isLast) }
        let meaning = completeness.isMalformed ? .refused : (version ?? .latest).unmarkedAppend
        switch meaning {
        case .completes: return .stated(isLast: true)
        case .completesAtLength: return .atLength
        case .refused:
            throw .invalidStructuredField((version ?? .latest).completenessField, "must be ?0 or ?1")
        }
    }

    /// Whether the content is declared to be part of an upload.
    public static func isPartialUpload(_ fields: HTTPFields) -> Bool {
        (fields[.contentType] ?? "").prefix { $0 != ";" }.trimmingBlanks.lowercased()
            == ResumableUploads.partialUploadType
    }

    /// For clients.
    public var fields: HTTPFields {
        let version = version ?? .latest
        var fields: HTTPFields = [ResumableField.interopVersion: String(version.number)]
        if case .stated(let isLast) = end { fields = version.fields(isComplete: isLast) }
        fields[ResumableField.uploadOffset] = String(offset)
        fields[ResumableField.uploadLength] = length.map { String($0) }
        if version.requiresPartialUploadType { fields[.contentType] = ResumableUploads.partialUploadType }
        return fields
    }
}
