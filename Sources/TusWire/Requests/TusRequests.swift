public import HTTPTypes
public import HTTPWire

/// A `POST` that creates an upload: the extensions creation, creation-with-upload, creation-defer-length,
/// concatenation.
public struct TusCreation: Hashable, Sendable {
    /// nil if deferred, and for a final upload, whose parts determine it.
    public let length: UInt64?
    public let metadata: UploadMetadata
    public let concat: UploadConcat?
    public let checksum: ExpectedChecksum

    /// - Parameter hasBody: Whether the request carries bytes of the upload.
    /// - Throws: 400; 415 for a body of another type.
    public init(_ fields: HTTPFields, hasBody: Bool) throws(RequestFailure) {
        let length = try fields.byteCount(TusField.uploadLength)
        let deferral = fields[TusField.uploadDeferLength]
        guard deferral == nil || deferral == "1" else {
            throw .invalidField(TusField.uploadDeferLength, "must be 1")
        }
        concat = try UploadConcat(fields)
        if case .final = concat {
            guard length == nil, deferral == nil else {
                throw .invalidField(TusField.uploadLength, "must not be sent: the parts decide it")
            }
            guard !hasBody else {
                throw .invalidField(TusField.uploadConcat, "makes an upload of others; no bytes can come along")
            }
        } else {
            guard (length == nil) != (deferral == nil) else {
                throw .invalidField(TusField.uploadLength, "or “Upload-Defer-Length: 1” must be sent, one of the two")
            }
        }
        if hasBody { try fields.requireUploadBytes() }
        self.length = length
        metadata = try UploadMetadata(fields)
        checksum = try ExpectedChecksum(fields)
    }
}

extension HTTPFields {
    /// - Throws: 415.
    func requireUploadBytes() throws(RequestFailure) {
        let given = self[.contentType] ?? ""
        if given == Tus.contentType { return }
        let type = given.prefix { $0 != ";" }
        guard type.trimmingBlanks.lowercased() == Tus.contentType else { throw .unsupportedContentType }
    }
}

/// A `PATCH` that appends bytes.
public struct TusPatch: Hashable, Sendable {
    public let offset: UInt64
    /// The length of an upload that was created without one. Repeating a known one is allowed.
    public let length: UInt64?
    public let checksum: ExpectedChecksum

    /// - Throws: 415; 400.
    public init(_ fields: HTTPFields) throws(RequestFailure) {
        try fields.requireUploadBytes()
        guard let offset = try fields.byteCount(TusField.uploadOffset) else {
            throw .invalidField(TusField.uploadOffset, "is missing")
        }
        self.offset = offset
        length = try fields.byteCount(TusField.uploadLength)
        checksum = try ExpectedChecksum(fields)
    }
}
