import HTTPTypes
public import NativeWire
public import UploadCore

extension UploadClient {
    /// - Parameter derive: What is made of uploads to it that do not say themselves: `photo`.
    /// - Throws: `ClientError` as every call. A capsule whose answer was lost on the way may have been made all the same.
    public func createCapsule(title: String? = nil, derive: String? = nil) async throws -> CapsuleDocument {
        let message = try request(.post, NativePath.capsules, NewCapsuleDocument(title: title, derive: derive))
        return try await document(CapsuleDocument.self, message)
    }

    public func capsule(_ id: String) async throws -> CapsuleDocument {
        try await document(CapsuleDocument.self, TransportRequest(.get, NativePath.capsule(id)))
    }

    /// Changes a capsule of the caller's own.
    ///
    /// - Throws: `ClientError` `not_found`, `forbidden`, `invalid_argument`, `too_large`, and as every call.
    public func updateCapsule(_ id: String, _ patch: CapsulePatchDocument) async throws -> CapsuleDocument {
        try await document(CapsuleDocument.self, self.patch(NativePath.capsule(id), patch))
    }

    /// One page of the capsules that the caller may read.
    public func capsules(cursor: String? = nil) async throws -> CapsuleListDocument {
        try await document(CapsuleListDocument.self, TransportRequest(.get, NativePath.capsules(cursor: cursor)))
    }

    /// Gives a principal a role in a capsule, in place of the one it has.
    ///
    /// - Parameter role: `reader` or `writer`.
    public func addMember(_ principal: String, role: Role, to capsule: String) async throws {
        let path = NativePath.member(principal, of: capsule)
        try await done(request(.put, path, MemberDocument(role: role.name)))
    }

    /// Takes a principal's role in a capsule away. One without a role is fine.
    public func removeMember(_ principal: String, from capsule: String) async throws {
        try await done(TransportRequest(.delete, NativePath.member(principal, of: capsule)))
    }

    /// 128 random bits, in hexadecimal.
    func newKey() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
