package import UploadCore

/// Divides the bytes of an object into the parts of a multipart upload, segment by segment. A part is one whole segment, which
/// the engine can copy, or bytes that are sent.
///
/// Source: “Amazon S3 multipart upload limits” of its user guide.
package struct PartPlan: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        /// Offsets in the object.
        package let range: Range<UInt64>
        /// The segment that is the part; nil for bytes that are sent.
        package let segment: ObjectKey?
    }

    /// The smallest part but for the last.
    static let partBytesMin: UInt64 = 5 << 20
    static let countMax: UInt64 = 10_000
    /// The largest object.
    package static let objectBytesMax: UInt64 = 5 << 40
    /// What is sent at once. Up to this size an object is sent as a whole.
    package static let sentBytes: UInt64 = 16 << 20

    /// With parts of at least this size there are never more than `countMax`.
    private let bytesMin: UInt64
    private let copies: Bool
    /// The bytes that no part has yet.
    private var rest: Range<UInt64> = 0..<0

    /// - Parameters:
    ///   - size: Of the object, at most `objectBytesMax`.
    ///   - copies: Whether the engine copies segments.
    package init(size: UInt64, copies: Bool) {
        bytesMin = max(Self.partBytesMin, (size + Self.countMax - 1) / Self.countMax)
        self.copies = copies
    }

    /// Adds bytes of the object after those before.
    ///
    /// - Parameter segment: The segment that has exactly these bytes; nil if none has.
    /// - Returns: The parts that are known by now.
    package mutating func add(_ count: UInt64, segment: ObjectKey?) -> [Part] {
        let added = rest.upperBound..<rest.upperBound + count
        var parts: [Part] = []
        if copies, let segment, count >= bytesMin, rest.isEmpty || rest.count >= bytesMin {
            if let sent = finish() { parts.append(sent) }
            parts.append(Part(range: added, segment: segment))
            rest = added.upperBound..<added.upperBound
        } else {
            rest = rest.lowerBound..<added.upperBound
            if rest.count >= max(bytesMin, Self.sentBytes), let sent = finish() { parts.append(sent) }
        }
        return parts
    }

    /// The last part, of any size; nil if all bytes have theirs.
    package mutating func finish() -> Part? {
        guard !rest.isEmpty else { return nil }
        defer { rest = rest.upperBound..<rest.upperBound }
        return Part(range: rest, segment: nil)
    }
}
