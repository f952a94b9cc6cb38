public import HTTPTypes
public import HTTPWire

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
