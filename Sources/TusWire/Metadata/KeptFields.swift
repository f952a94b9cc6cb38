public import SessionCore

/// The fields of a creation that every `HEAD` repeats. `AssetMetadata.opaque` stores them: the metadata and, for a
/// final upload, a line feed, which no field can contain, and what surrounds the ids in its parts' URLs.
public struct KeptFields: Hashable, Sendable {
    /// Empty if there is none.
    public let metadata: String
    public let concat: UploadConcat?

    public init(metadata: UploadMetadata, concat: UploadConcat?) {
        self.metadata = metadata.text
        self.concat = concat
    }

    /// Reads the stored fields of an upload of any protocol.
    ///
    /// - Parameters:
    ///   - parts: Of a concatenation, otherwise empty.
    ///   - isPartial: Whether it was begun as a part.
    public init(opaque: String, parts: [SessionId], isPartial: Bool) {
        let end = opaque.firstIndex(of: "\n") ?? opaque.endIndex
        metadata = String(opaque[..<end])
        if parts.isEmpty {
            concat = isPartial ? .partial : nil
        } else {
            concat = PartReferences(ids: parts, surroundings: opaque[end...].dropFirst()).map { .final($0) }
        }
    }

    public var opaque: String {
        guard case .final(let references) = concat else { return metadata }
        return metadata + "\n" + references.surroundings
    }
}
