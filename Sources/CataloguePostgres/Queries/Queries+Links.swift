import SessionCore
import UploadCore

// What came in through a link is counted by triggers: see `Format.uploadTriggers`.
extension Queries {
    private static let linkColumns = """
        id, capsule, title, created_at, expires_at, files_max, uses_max, bytes_max, file_bytes_max, types,
        uses, files, bytes
        """

    func linkSecret() throws(UploadError) -> LinkSecret {
        let bytes = try connection.first("SELECT link_key FROM wharf_store") { row throws(UploadError) in
            try row.next([UInt8].self)
        }
        guard let secret = LinkSecret(bytes: bytes ?? []) else {
            throw UploadError(.storeCorrupt(detail: "the secret of the links has \(bytes?.count ?? 0) bytes"))
        }
        return secret
    }

    func createLink(
        _ link: UploadLink, linksMax: UInt64, membersMax: UInt64, checkAccess: AccessCheck
    ) throws(UploadError) {
        try lockPrincipals(ownerOf: link.capsule)
        let capsule = try lockedCapsule(link.capsule)
        try checkAccess(capsule)
        guard try self.link(link.id) == nil else { throw UploadError(.alreadyExists) }
        try Limits.require(UInt64(capsule.uploaders.count) + 1, atMost: linksMax, .links)
        try Limits.require(try usage(of: capsule.owner).members + 1, atMost: membersMax, .membersPerOwner)
        let limits = link.limits
        try connection.send(
            """
            INSERT INTO links (\(Self.linkColumns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0)
            """, link.id, link.capsule, link.title, link.createdAt, link.expiresAt, limits.filesMax, limits.usesMax,
            limits.bytesMax, limits.fileBytesMax, limits.types.map(\.text).joined(separator: " "))
        try insertMember(Principal(link.id), .uploader, in: link.capsule)
    }

    func links(in id: CapsuleId, checkAccess: AccessCheck) throws(UploadError) -> [LinkStatus] {
        try checkAccess(try requireCapsule(id))
        return try connection.all(
            "SELECT \(Self.linkColumns) FROM links WHERE capsule = $1 ORDER BY id", id
        ) { row throws(UploadError) in try LinkStatus(&row) }
    }

    func link(_ id: LinkId, _ lock: Lock = .none) throws(UploadError) -> LinkStatus? {
        try connection.first(
            "SELECT \(Self.linkColumns) FROM links WHERE id = $1 \(lock.rawValue)", id
        ) { row throws(UploadError) in try LinkStatus(&row) }
    }

    func removeLink(_ id: LinkId, from capsule: CapsuleId, checkAccess: AccessCheck) throws(UploadError) {
        try checkAccess(try lockedCapsule(capsule))
        guard let status = try link(id, .update), status.link.capsule == capsule else {
            throw UploadError(.notFound(.link))
        }
        try remove(status.link)
    }

    func removeLinks(expiredBefore time: Timestamp, limit: Int) throws(UploadError) -> Int {
        // Several engines may remove at once: each takes what no other is removing.
        let expired = try connection.all(
            """
            WITH expired AS (
                SELECT id FROM links WHERE expires_at < $1 ORDER BY expires_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
            )
            DELETE FROM links WHERE id IN (SELECT id FROM expired) RETURNING id, capsule
            """, time, max(0, limit)
        ) { row throws(UploadError) in (id: try row.next(LinkId.self), capsule: try row.next(CapsuleId.self)) }
        for link in expired.sorted(by: { ($0.capsule, $0.id) < ($1.capsule, $1.id) }) {
            try removeMember(Principal(link.id), from: link.capsule)
        }
        return expired.count
    }

    private func remove(_ link: UploadLink) throws(UploadError) {
        try connection.send("DELETE FROM links WHERE id = $1", link.id)
        try removeMember(Principal(link.id), from: link.capsule)
    }

    private func removeMember(_ principal: Principal, from capsule: CapsuleId) throws(UploadError) {
        try connection.send("DELETE FROM members WHERE capsule = $1 AND principal = $2", capsule, principal)
    }
}

extension LinkStatus {
    fileprivate init(_ row: inout Row) throws(UploadError) {
        let id = try row.next(LinkId.self)
        let capsule = try row.next(CapsuleId.self)
        let title = try row.next(String.self)
        let (createdAt, expiresAt) = (try row.next(Timestamp.self), try row.next(Timestamp.self))
        var limits = LinkLimits(
            filesMax: try row.next(), usesMax: try row.next(), bytesMax: try row.next(), fileBytesMax: try row.next())
        for text in try row.next(String.self).split(separator: " ") {
            guard let type = MediaRange(String(text)) else {
                throw UploadError(.storeCorrupt(detail: "link \(id.text) accepts “\(text)”, which is no media type"))
            }
            limits.types.append(type)
        }
        self.init(
            link: UploadLink(
                id: id, capsule: capsule, title: title, createdAt: createdAt, expiresAt: expiresAt, limits: limits),
            usage: LinkUsage(uses: try row.next(), files: try row.next(), bytes: try row.next()))
    }
}
