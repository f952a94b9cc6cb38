public import HTTPTypes
public import HTTPWire
public import SessionCore
public import UploadModel

/// `Upload-Metadata`: a client's metadata of a file, stored exactly as received.
public struct UploadMetadata: Hashable, Sendable {
    public struct Pair: Hashable, Sendable {
        public let key: String
        /// Any bytes.
        public let value: [UInt8]
    }

    /// The field as received; empty if absent.
    public let text: String
    public let pairs: [Pair]

    /// Reads the field of a creation. A missing field and an empty one are empty metadata.
    ///
    /// - Throws: 400 for an empty key, control characters in a key, a value that is not Base64, and a repeated key.
    public init(_ fields: HTTPFields) throws(RequestFailure) {
        try self.init(fields[TusField.uploadMetadata] ?? "")
    }

    public init(_ text: String) throws(RequestFailure) {
        self.text = text
        guard !text.trimmingBlanks.isEmpty else {
            pairs = []
            return
        }
        var pairs: [Pair] = []
        var keys: Set<String> = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let pair = try Self.pair(Substring(part).trimmingBlanks)
            guard keys.insert(pair.key).inserted else {
                throw .invalidField(TusField.uploadMetadata, "has the key “\(pair.key)” twice")
            }
            pairs.append(pair)
        }
        self.pairs = pairs
    }

    private static func pair(_ text: Substring) throws(RequestFailure) -> Pair {
        let key = Substring(text.utf8.prefix { $0 != UInt8(ascii: " ") })
        let value = text[key.endIndex...].trimmingBlanks
        guard !key.isEmpty else { throw .invalidField(TusField.uploadMetadata, "has an empty key") }
        guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) || canBeSentBack(key) else {
            throw .invalidField(TusField.uploadMetadata, "has a key with characters that cannot be sent back")
        }
        guard let bytes = Base64.decode(value) else {
            throw .invalidField(TusField.uploadMetadata, "has a value that is not Base64, for “\(key)”")
        }
        return Pair(key: String(key), value: bytes)
    }

    /// U+FFFD replaces invalid UTF-8: such a key could not be sent back as received.
    private static func canBeSentBack(_ key: Substring) -> Bool {
        key.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0 != "\u{FFFD}" }
    }
}

extension UploadMetadata {
    /// The value of a key as text; nil if there is none, or it is empty or not UTF-8.
    public func text(_ key: String) -> String? {
        guard let pair = pairs.first(where: { $0.key == key }), !pair.value.isEmpty else { return nil }
        return String(validating: pair.value, as: UTF8.self)
    }

    /// The file's name, under the keys that clients use. Never used as a path.
    public var fileName: String? { text("filename") ?? text("name") }

    /// The file's media type, under the keys that clients use.
    public var fileType: String? { text("filetype") ?? text("type") }

    /// The file's own time, under the keys and in the forms that clients use: `modified_at` (RFC 3339), `lastModified`
    /// (milliseconds since 1970, as pages have it), `mtime` (seconds since 1970). Other values are not understood.
    public var modifiedAt: Timestamp? {
        if let time = text("modified_at").flatMap({ Timestamp(rfc3339: $0) }) { return time }
        // The last millisecond that RFC 3339 can express.
        let latest: Double = 253_402_300_799_999
        func time(_ key: String, millisecondsPerUnit: Double) -> Timestamp? {
            guard let number = text(key).flatMap(Double.init) else { return nil }
            let milliseconds = (number * millisecondsPerUnit).rounded(.down)
            guard (0...latest).contains(milliseconds) else { return nil }
            return Timestamp(milliseconds: Int64(milliseconds))
        }
        return time("lastModified", millisecondsPerUnit: 1) ?? time("mtime", millisecondsPerUnit: 1000)
    }

    /// The capsule of the upload, if the URL has none. Another value than an id is the client's own, and has no meaning here.
    public var capsule: CapsuleId? { text("capsule").flatMap { CapsuleId(text: $0) } }
}

extension UploadMetadata {
    /// The recipe of the derivation: `photo` or `none`. Without it the capsule's default, as with any other value, which is the
    /// client's own and has no meaning here. With `photo`, `companions` names further assets of the memory: `video:BLOB,raw:BLOB`.
    ///
    /// - Throws: As `[Companion].init(text:)`.
    public func derivation() throws(UploadError) -> RecipeChoice {
        guard let text = text("derive") else { return .capsuleDefault }
        if text == "none" { return .none }
        guard let recipe = Recipe(name: text) else { return .capsuleDefault }
        return .recipe(recipe, companions: try [Companion](text: self.text("companions") ?? ""))
    }
}
