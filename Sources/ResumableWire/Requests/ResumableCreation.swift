public import HTTPTypes
import HTTPWire

/// A request that creates an upload, by its completeness field; any method and path.
public struct ResumableCreation: Hashable, Sendable {
    /// nil if the request names none that is supported: no interim response may be sent then, and the rules are those of the
    /// latest.
    public let version: InteropVersion?
    /// Whether the end of the content is the end of the upload.
    public let isComplete: Bool
    /// As declared by `Upload-Length`; the length of content that is complete is another declaration.
    public let length: UInt64?

    public init(version: InteropVersion?, isComplete: Bool, length: UInt64?) {
        self.version = version
        self.isComplete = isComplete
        self.length = length
    }

    /// - Returns: nil for a request without the completeness field, or with a malformed one: it is an ordinary request.
    public init?(_ fields: HTTPFields) {
        let version = InteropVersion(fields)
        guard let isComplete = Completeness(fields, version).value else { return nil }
        self.init(
            version: version, isComplete: isComplete,
            length: StructuredItem.count(fields[ResumableField.uploadLength]))
    }

    /// For clients.
    public var fields: HTTPFields {
        var fields = (version ?? .latest).fields(isComplete: isComplete)
        fields[ResumableField.uploadLength] = length.map { String($0) }
        return fields
    }
}

extension InteropVersion {
    /// The version and the completeness, in its form.
    func fields(isComplete: Bool) -> HTTPFields {
        [
            ResumableField.interopVersion: String(number),
            completenessField: StructuredItem.text(number == 3 ? !isComplete : isComplete),
        ]
    }

    /// Whether a response states that its upload is complete; nil if it does not say.
    public func completeness(in fields: HTTPFields) -> Bool? { Completeness(fields, self).value }
}

/// The completeness field of a request or a response.
struct Completeness {
    /// nil if it is missing or malformed.
    let value: Bool?
    let isMalformed: Bool

    /// - Parameter version: nil: `Upload-Complete`, or otherwise `Upload-Incomplete`.
    init(_ fields: HTTPFields, _ version: InteropVersion?) {
        var name = version?.completenessField ?? ResumableField.uploadComplete
        if version == nil, fields[name] == nil { name = ResumableField.uploadIncomplete }
        let stated = StructuredItem.boolean(fields[name])
        value = name == ResumableField.uploadIncomplete ? stated.map { !$0 } : stated
        isMalformed = stated == nil && fields[name] != nil
    }
}
