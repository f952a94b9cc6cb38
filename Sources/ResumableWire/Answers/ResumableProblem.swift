import FoundationEssentials
import HTTPTypes
public import HTTPWire
import UploadModel

/// The problem types of the draft (section “Problem Types”), as documents of RFC 9457.
public struct ResumableProblem: Codable, Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case mismatchingOffset = "https://iana.org/assignments/http-problem-types#mismatching-upload-offset"
        case inconsistentLength = "https://iana.org/assignments/http-problem-types#inconsistent-upload-length"
        /// Versions 6 and 7.
        case completed = "https://iana.org/assignments/http-problem-types#completed-upload"
    }

    public var type: String
    public var title: String
    public var status: Int
    public var detail: String
    /// As in all problem documents of the server.
    public var code: String
    public var expectedOffset: UInt64?
    public var providedOffset: UInt64?

    enum CodingKeys: String, CodingKey {
        case type, title, status, detail, code
        case expectedOffset = "expected-offset"
        case providedOffset = "provided-offset"
    }

    public var kind: Kind? { Kind(rawValue: type) }

    /// - Returns: nil for a failure without a type of the draft.
    public init?(_ failure: RequestFailure) {
        guard let kind = Kind(code: failure.code) else { return nil }
        type = kind.rawValue
        title = failure.title
        status = failure.status.code
        detail = failure.advice
        code = failure.code
        guard kind == .mismatchingOffset else { return }
        expectedOffset = failure.number("offset")
        providedOffset = failure.number("given")
    }

    /// Reads a document.
    ///
    /// - Throws: The error of the decoder.
    public init(json: [UInt8]) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json))
    }

    public func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and numbers are always encodable.
        return (try? encoder.encode(self)).map(Array.init) ?? []
    }
}

extension ResumableProblem.Kind {
    fileprivate init?(code: String) {
        switch code {
        case UploadError.Code.offsetMismatch.rawValue: self = .mismatchingOffset
        case RequestFailure.inconsistentLengthCode, UploadError.Code.sizeMismatch.rawValue: self = .inconsistentLength
        case RequestFailure.completedCode: self = .completed
        default: return nil
        }
    }
}

extension RequestFailure {
    func number(_ name: String) -> UInt64? {
        guard case .number(let value)? = details.first(where: { $0.name == name })?.value else { return nil }
        return value
    }
}
