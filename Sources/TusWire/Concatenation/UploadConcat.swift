public import HTTPTypes
public import HTTPWire

/// `Upload-Concat` of a creation.
public enum UploadConcat: Hashable, Sendable {
    case partial
    case final(PartReferences)

    /// - Returns: nil if the field is missing.
    /// - Throws: 400.
    public init?(_ fields: HTTPFields) throws(RequestFailure) {
        guard let text = fields[TusField.uploadConcat] else { return nil }
        try self.init(text)
    }

    public init(_ text: String) throws(RequestFailure) {
        if text == "partial" {
            self = .partial
        } else if text.hasPrefix("final;") {
            self = .final(try PartReferences(text.dropFirst("final;".count)))
        } else {
            throw .invalidField(TusField.uploadConcat, "must be “partial”, or “final;” and URLs of partial uploads")
        }
    }

    /// As it was received.
    public var text: String {
        switch self {
        case .partial: "partial"
        case .final(let references): "final;" + references.text
        }
    }
}
