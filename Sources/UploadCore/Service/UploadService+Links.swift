public import SessionCore

/// A link with what came in through it, and the token that its owner gives to others.
public struct IssuedLink: Hashable, Sendable {
    public let status: LinkStatus
    public let token: LinkToken

    public var link: UploadLink { status.link }
}

/// Upload links: bearer tokens that permit uploads to one capsule and nothing else, for guests without an account.
extension UploadService {
    /// Creates a link to a capsule. Its bearers begin uploads in the capsule until the link expires, within its limits, and
    /// continue and abort them until it is removed; all other operations fail with `not_found` for them. Their uploads
    /// count against the quota of the capsule's owner.
    ///
    /// All bearers of a link are one caller: `Principal(link.id)`.
    ///
    /// ```swift
    /// let limits = LinkLimits(filesMax: 500)
    /// let issued = try await uploads.createLink(
    ///     to: capsule.id, title: "Our wedding", expiresAt: nextSunday, limits: limits, by: anna)
    /// print("https://photos.example.org/drop#" + issued.token.text)
    /// ```
    ///
    /// - Throws: `not_found`, `forbidden` unless the caller owns the capsule, `invalid_argument` for an expiry that is past
    ///   or too far, and for a limit of 0; `too_large` (title, types, links, members), `unavailable`, `store_full`.
    public func createLink(
        to capsule: CapsuleId, title: String = "", expiresAt: Timestamp, limits: LinkLimits = LinkLimits(),
        by caller: Principal
    ) async throws(UploadError) -> IssuedLink {
        let now = now()
        try check(title: title, expiresAt: expiresAt, limits, at: now)
        let link = UploadLink(
            id: LinkId(ids.next(at: now)), capsule: capsule, title: title, createdAt: now, expiresAt: expiresAt,
            limits: limits)
        let secret = try await catalogue.linkSecret()
        let (linksMax, membersMax) = (self.limits.linksMax, self.limits.membersPerOwnerMax)
        try await capsuleCache.changing { () throws(UploadError) in
            try await catalogue.createLink(
                link, linksMax: linksMax, membersMax: membersMax, checkAccess: Self.accessCheck(.owner, caller))
        }
        return IssuedLink(
            status: LinkStatus(link: link, usage: LinkUsage()),
            token: LinkToken(of: link.id, in: capsule, secret: secret))
    }

    /// The links of a capsule, oldest first; at most `Limits.linksMax`.
    ///
    /// - Throws: `not_found`, `forbidden` unless the caller owns the capsule.
    public func links(to capsule: CapsuleId, by caller: Principal) async throws(UploadError) -> [IssuedLink] {
        let secret = try await catalogue.linkSecret()
        return try await catalogue.links(in: capsule, checkAccess: Self.accessCheck(.owner, caller)).map { status in
            IssuedLink(status: status, token: LinkToken(of: status.link.id, in: capsule, secret: secret))
        }
    }

    /// Removes a link. Its bearers can no longer continue their uploads, which stay in the capsule: the owner can list and
    /// abort them, and they expire.
    ///
    /// - Throws: `not_found`, `forbidden` unless the caller owns the capsule.
    public func removeLink(_ id: LinkId, to capsule: CapsuleId, by caller: Principal) async throws(UploadError) {
        try await capsuleCache.changing { () throws(UploadError) in
            try await catalogue.removeLink(id, from: capsule, checkAccess: Self.accessCheck(.owner, caller))
        }
    }

    /// The link whose bearer the caller is.
    ///
    /// - Throws: `not_found` for other callers, and if it was removed.
    public func link(of caller: Principal) async throws(UploadError) -> LinkStatus {
        guard let id = caller.link, let status = try await catalogue.link(id) else {
            throw UploadError(.notFound(.link))
        }
        return status
    }

    /// Authenticates the bearer of a link, also of one that has expired.
    ///
    /// - Returns: nil if the token is not this store's, or its link was removed.
    public func bearer(of token: LinkToken) async throws(UploadError) -> Principal? {
        guard token.isSigned(with: try await catalogue.linkSecret()) else { return nil }
        let principal = Principal(token.link)
        let capsule = try await capsuleCache.capsule(token.capsule) { () throws(UploadError) in
            try await catalogue.capsule(token.capsule)
        }
        return capsule?.uploaders.contains(principal) == true ? principal : nil
    }

    /// Requires that the caller may upload to a capsule.
    ///
    /// - Throws: `not_found`, `forbidden`.
    package func requireUploading(to id: CapsuleId, by caller: Principal) async throws(UploadError) {
        guard let capsule = try await catalogue.capsule(id) else { throw UploadError(.notFound(.capsule)) }
        try capsule.requireUploading(by: caller)
    }

    private func check(
        title: String, expiresAt: Timestamp, _ wanted: LinkLimits, at now: Timestamp
    ) throws(UploadError) {
        try Limits.require(title, atMost: limits.titleBytesMax, .titleBytes)
        try Limits.require(UInt64(wanted.types.count), atMost: limits.linkTypesMax, .linkTypes)
        for type in wanted.types {
            try Limits.require(type.text, atMost: limits.contentTypeBytesMax, .contentTypeBytes)
        }
        guard expiresAt > now else { throw UploadError(.invalidArgument("expires_at", "is in the past")) }
        guard expiresAt.milliseconds - now.milliseconds <= limits.linkLifetimeMaxMilliseconds else {
            let days = limits.linkLifetimeMaxMilliseconds / (24 * 60 * 60 * 1000)
            throw UploadError(.invalidArgument("expires_at", "is more than \(days) days away"))
        }
        let maxima = [
            ("files_max", wanted.filesMax), ("uses_max", wanted.usesMax), ("bytes_max", wanted.bytesMax),
            ("file_bytes_max", wanted.fileBytesMax),
        ]
        for (name, maximum) in maxima {
            guard let maximum else { continue }
            guard (1...Quotas.ceilingBytes).contains(maximum) else {
                throw UploadError(.invalidArgument(name, "must lie between 1 and 2^62"))
            }
        }
    }
}
