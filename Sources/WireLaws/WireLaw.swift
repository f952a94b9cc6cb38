/// A property of a wire parser for all inputs: the parser returns, and its formatted result parses to the same value.
/// Tests check the laws with mutated seeds, and `Fuzz` searches for violations with libFuzzer.
public enum WireLaw: String, CaseIterable, Sendable {
    case addressRange
    case authority
    case byteRanges
    case contentDigest
    case contentDisposition
    case contentRange
    case entityTag
    case formValue
    case forwardedOrigin
    case httpDate
    case idempotencyKey
    case linkToken
    case mediaRange
    case mediaType
    case memoryPatch
    case memoryQuery
    case multipart
    case newAsset
    case newLink
    case newMemory
    case newUpload
    case pageQuery
    case preconditions
    case problem
    case requestDisposition
    case requestDocument
    case resumableFields
    case retryAfter
    case rfc3339
    case uploadLimit
    case webOrigin

    /// - Returns: A description of the violation; nil if the law holds for these bytes.
    public func violation(by bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        return switch self {
        case .addressRange: Self.addressRange(text)
        case .authority: Self.authority(text)
        case .byteRanges: Self.byteRanges(text)
        case .contentDigest: Self.contentDigest(text)
        case .contentDisposition: Self.contentDisposition(text)
        case .contentRange: Self.contentRange(text)
        case .entityTag: Self.entityTag(text)
        case .formValue: Self.formValue(text)
        case .forwardedOrigin: Self.forwardedOrigin(text)
        case .httpDate: Self.httpDate(text)
        case .idempotencyKey: Self.idempotencyKey(text)
        case .linkToken: Self.linkToken(text)
        case .mediaRange: Self.mediaRange(text)
        case .mediaType: Self.mediaType(text)
        case .memoryPatch: Self.memoryPatch(bytes)
        case .memoryQuery: Self.memoryQuery(text)
        case .multipart: Self.multipart(bytes)
        case .newAsset: Self.newAsset(bytes)
        case .newLink: Self.newLink(bytes)
        case .newMemory: Self.newMemory(bytes)
        case .newUpload: Self.newUpload(bytes)
        case .pageQuery: Self.pageQuery(text)
        case .preconditions: Self.preconditions(text)
        case .problem: Self.problem(bytes)
        case .requestDisposition: Self.requestDisposition(text)
        case .requestDocument: Self.requestDocument(bytes)
        case .resumableFields: Self.resumableFields(text)
        case .retryAfter: Self.retryAfter(text)
        case .rfc3339: Self.rfc3339(text)
        case .uploadLimit: Self.uploadLimit(text)
        case .webOrigin: Self.webOrigin(text)
        }
    }
}
