import HTTPTypes
public import NativeWire
public import UploadModel

extension UploadClient {
    /// The state of an upload.
    ///
    /// - Throws: `ClientError` `not_found`, and as every call.
    public func status(_ upload: String) async throws -> UploadDocument {
        try await document(UploadDocument.self, TransportRequest(.get, NativePath.upload(upload)))
    }

    /// Aborts an upload and frees its bytes. Idempotent.
    ///
    /// - Throws: `ClientError` `committed` if it has become a blob, `not_found`, and as every call.
    public func abort(_ upload: String) async throws {
        try await done(TransportRequest(.delete, NativePath.upload(upload)))
    }

    /// One page of the caller's uploads in a capsule, oldest first.
    ///
    /// - Parameters:
    ///   - capsule: nil: the caller's default capsule.
    ///   - cursor: `next` of the previous page.
    public func uploads(
        capsule: String? = nil, ofAll isOfAll: Bool = false, state: UploadDocument.State? = nil,
        cursor: String? = nil, limit: Int? = nil
    ) async throws -> SessionListDocument {
        let path = NativePath.uploads(
            capsule: capsule, ofAll: isOfAll, state: state, cursor: cursor, limit: limit)
        return try await document(SessionListDocument.self, TransportRequest(.get, path))
    }

    /// The metadata of a blob.
    public func meta(_ blob: String) async throws -> BlobDocument {
        try await document(BlobDocument.self, TransportRequest(.get, NativePath.blobMeta(blob)))
    }

    // MARK: - The steps of an upload

    /// - Parameter modifiedAt: The file's own time, which resume states do not have.
    func begin(
        _ request: NewUploadDocument, modifiedAt: WireTime? = nil, key: String
    ) async throws -> UploadDocument {
        var timed = request
        timed.modifiedAt = modifiedAt
        let message = try self.request(.post, NativePath.uploads, timed, key: key)
        return try await document(UploadDocument.self, message)
    }

    func finish(_ upload: String, _ finish: FinishDocument) async throws -> FinishedDocument {
        try await document(FinishedDocument.self, request(.post, NativePath.finish(upload), finish))
    }
}

extension UploadClient {
    /// Creates a capsule. Not idempotent: if the response is lost, the capsule may exist.
    ///
    /// - Parameter derive: The default recipe of its uploads: `photo`.
    public func createCapsule(title: String? = nil, derive: String? = nil) async throws -> CapsuleDocument {
        let message = try request(.post, NativePath.capsules, NewCapsuleDocument(title: title, derive: derive))
        return try await document(CapsuleDocument.self, message)
    }

    public func capsule(_ id: String) async throws -> CapsuleDocument {
        try await document(CapsuleDocument.self, TransportRequest(.get, NativePath.capsule(id)))
    }

    /// Changes a capsule that the caller owns.
    ///
    /// - Throws: `ClientError` `not_found`, `forbidden`, `invalid_argument`, `too_large`, and as every call.
    public func updateCapsule(_ id: String, _ patch: CapsulePatchDocument) async throws -> CapsuleDocument {
        try await document(CapsuleDocument.self, self.patch(NativePath.capsule(id), patch))
    }

    /// One page of the capsules that the caller may read.
    public func capsules(cursor: String? = nil) async throws -> CapsuleListDocument {
        try await document(CapsuleListDocument.self, TransportRequest(.get, NativePath.capsules(cursor: cursor)))
    }

    /// Sets a principal's role in a capsule.
    ///
    /// - Parameter role: `reader` or `writer`.
    public func addMember(_ principal: String, role: Role, to capsule: String) async throws {
        let path = NativePath.member(principal, of: capsule)
        try await done(request(.put, path, MemberDocument(role: role.name)))
    }

    /// Removes a principal's role in a capsule. Idempotent.
    public func removeMember(_ principal: String, from capsule: String) async throws {
        try await done(TransportRequest(.delete, NativePath.member(principal, of: capsule)))
    }

    /// Creates a link through which others upload to a capsule that the caller owns. Not idempotent: if the response is
    /// lost, the link may exist.
    public func createLink(_ link: NewLinkDocument, to capsule: String) async throws -> LinkDocument {
        try await document(LinkDocument.self, request(.post, NativePath.links(to: capsule), link))
    }

    /// What the caller, the bearer of a link, may still upload through it.
    public func ownLink() async throws -> OwnLinkDocument {
        try await document(OwnLinkDocument.self, TransportRequest(.get, NativePath.link))
    }

    /// All links of a capsule that the caller owns, oldest first.
    public func links(to capsule: String) async throws -> [LinkDocument] {
        try await document(LinkListDocument.self, TransportRequest(.get, NativePath.links(to: capsule))).links
    }

    /// Removes a link. What its bearers are sending is refused from then on.
    public func removeLink(_ link: String, to capsule: String) async throws {
        try await done(TransportRequest(.delete, NativePath.link(link, to: capsule)))
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

extension UploadClient {
    /// The server's limits and settings for clients; with a token also what the caller uses. Requires no token.
    public func config() async throws -> UploadConfigDocument {
        try await document(UploadConfigDocument.self, TransportRequest(.get, NativePath.uploadConfig))
    }

    /// One page of what principals use, in the order of their names. For operators.
    ///
    /// - Parameter cursor: `next` of the previous page.
    public func usage(cursor: String? = nil) async throws -> UsageListDocument {
        try await document(UsageListDocument.self, TransportRequest(.get, NativePath.usage(cursor: cursor)))
    }
}

extension UploadClient {
    /// One page of the derivations of a capsule, oldest first.
    ///
    /// - Parameters:
    ///   - capsule: nil: the caller's default capsule.
    ///   - cursor: `next` of the previous page.
    /// - Throws: `ClientError` `not_found` for the capsule, and as every call.
    public func derivations(
        in capsule: String? = nil, state: DerivationDocument.State? = nil, cursor: String? = nil
    ) async throws -> DerivationListDocument {
        let path = NativePath.derivations(
            in: capsule ?? NativePath.defaultCapsule, state: state, cursor: cursor)
        return try await document(DerivationListDocument.self, TransportRequest(.get, path))
    }
}
