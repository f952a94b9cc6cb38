import NativeWire

extension UploadClient {
    /// The id of a capsule that is given by its id, its title, or as `default`.
    ///
    /// - Returns: nil for the caller's default capsule.
    /// - Throws: `ClientError` `not_found` if no capsule that the caller may read has the title, `ambiguous` if several
    ///   have it, and as every call.
    public func capsuleId(named text: String?) async throws -> String? {
        guard let text, text != NativePath.defaultCapsule else { return nil }
        guard !ResourceId.isId(text) else { return text }
        var found: [String] = []
        var cursor: String?
        repeat {
            let page = try await capsules(cursor: cursor)
            found += page.capsules.filter { $0.title == text }.map(\.id)
            cursor = page.next
        } while cursor != nil
        guard let only = found.first else {
            throw ClientError(
                .notFound, "No capsule that you may read has the title “\(text)”.",
                advice: "`wharf capsule ls` lists the capsules.")
        }
        guard found.count == 1 else { throw ClientError(ambiguous: "capsules", named: text, ids: found) }
        return only
    }
}

extension UploadClient {
    /// The same as a segment of a path: `default` for the caller's default capsule.
    package func capsulePath(_ text: String) async throws -> String {
        try await capsuleId(named: text) ?? NativePath.defaultCapsule
    }
}

/// The ids of uploads, blobs, capsules and memories.
package enum ResourceId {
    /// Whether a text has the form of an id: 32 hexadecimal digits.
    package static func isId(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}

extension ClientError {
    /// - Parameter things: What has the name, in the plural.
    package init(ambiguous things: String, named name: String, ids: [String]) {
        let some = ids.prefix(10).joined(separator: ", ") + (ids.count > 10 ? ", …" : "")
        self.init(
            .ambiguous, "\(ids.count) \(things) have the name “\(name)”: \(some).",
            advice: "Give the id of one of them.")
    }
}

extension ClientError.Code {
    /// A name that several capsules or blobs have.
    public static let ambiguous = Self(rawValue: "ambiguous")
}
