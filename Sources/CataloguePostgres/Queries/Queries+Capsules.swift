import SessionCore
import UploadCore

extension Queries {
    func createCapsule(_ capsule: Capsule, capsulesMax: UInt64) throws(UploadError) {
        try lockPrincipals([capsule.owner])
        guard try self.capsule(capsule.id) == nil else { throw UploadError(.alreadyExists) }
        try Limits.require(try usage(of: capsule.owner).capsules + 1, atMost: capsulesMax, .capsules)
        try insert(capsule, isDefault: false)
    }

    func defaultCapsule(_ draft: Capsule) throws(UploadError) -> Capsule {
        if let found = try defaultCapsule(of: draft.owner) { return found }
        try lockPrincipals([draft.owner])
        // Another call may have created it meanwhile.
        if let found = try defaultCapsule(of: draft.owner) { return found }
        try insert(draft, isDefault: true)
        return try requireCapsule(draft.id)
    }

    private func defaultCapsule(of owner: Principal) throws(UploadError) -> Capsule? {
        try capsules("WHERE owner = $1 AND is_default", owner).first
    }

    func capsule(_ id: CapsuleId) throws(UploadError) -> Capsule? {
        try capsules("WHERE id = $1", id).first
    }

    /// Keeps a capsule and its members for changes by this transaction.
    func lockedCapsule(_ id: CapsuleId) throws(UploadError) -> Capsule {
        try connection.send("SELECT 1 FROM capsules WHERE id = $1 FOR UPDATE", id)
        return try requireCapsule(id)
    }

    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) throws(UploadError) -> [Capsule] {
        let next = id == nil ? "" : "AND id > $2"
        return try capsules(
            """
            WHERE id IN (
                SELECT id FROM capsules WHERE owner = $1 \(next)
                UNION SELECT id FROM (SELECT capsule AS id FROM members WHERE principal = $1) AS joined
                WHERE true \(next)
                ORDER BY id LIMIT $3)
            """, principal, id, max(0, limit))
    }

    func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: AccessCheck
    ) throws(UploadError) -> Capsule {
        let capsule = try lockedCapsule(id)
        try checkAccess(capsule)
        let changed = change.applied(to: capsule)
        try connection.send(
            "UPDATE capsules SET title = $2, recipe = $3 WHERE id = $1", id, changed.title, changed.recipe)
        return changed
    }

    func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64, checkAccess: AccessCheck
    ) throws(UploadError) {
        // The owner of a capsule never changes.
        try lockPrincipals(ownerOf: id)
        let capsule = try lockedCapsule(id)
        try checkAccess(capsule)
        guard role != .owner, role != .uploader else {
            throw UploadError(.invalidArgument("role", "is neither reader nor writer"))
        }
        let isMember = capsule.writers.contains(principal) || capsule.readers.contains(principal)
        if role != nil, !isMember {
            try Limits.require(try usage(of: capsule.owner).members + 1, atMost: membersMax, .membersPerOwner)
        }
        if let role {
            try insertMember(principal, role, in: id)
        } else {
            try connection.send("DELETE FROM members WHERE capsule = $1 AND principal = $2", id, principal)
        }
    }
}

// MARK: - Rows

extension Queries {
    private func insert(_ capsule: Capsule, isDefault: Bool) throws(UploadError) {
        let inserted = try connection.run(
            """
            INSERT INTO capsules (id, title, owner, is_default, inline_bytes, created_at, recipe)
            VALUES ($1, $2, $3, $4, 0, $5, $6) ON CONFLICT (id) DO NOTHING
            """, capsule.id, capsule.title, capsule.owner, isDefault, capsule.createdAt, capsule.recipe)
        guard inserted == 1 else { throw UploadError(.alreadyExists) }
        for reader in capsule.readers { try insertMember(reader, .reader, in: capsule.id) }
        for writer in capsule.writers { try insertMember(writer, .writer, in: capsule.id) }
    }

    func insertMember(_ principal: Principal, _ role: Role, in id: CapsuleId) throws(UploadError) {
        try connection.send(
            """
            INSERT INTO members (capsule, principal, role) VALUES ($1, $2, $3)
                ON CONFLICT (capsule, principal) DO UPDATE SET role = excluded.role
            """, id, principal, role.rawValue)
    }

    /// Capsules with their members, in the order of their ids, in one statement.
    private func capsules<each Parameter: ColumnValue>(
        _ condition: String, _ parameters: repeat each Parameter
    ) throws(UploadError) -> [Capsule] {
        let rows = try connection.all(
            """
            SELECT id, title, owner, created_at, recipe, principal, role
            FROM (SELECT * FROM capsules \(condition)) AS found LEFT JOIN members ON capsule = id ORDER BY id
            """, repeat each parameters
        ) { row throws(UploadError) in
            (
                capsule: Capsule(
                    id: try row.next(), title: try row.next(), owner: try row.next(), createdAt: try row.next(),
                    recipe: try row.next()),
                member: try row.next(Principal?.self), role: try row.next(Int?.self)
            )
        }
        var capsules: [Capsule] = []
        for row in rows {
            if capsules.last?.id != row.capsule.id { capsules.append(row.capsule) }
            guard let member = row.member, let role = row.role else { continue }
            let last = capsules.count - 1
            switch Role(rawValue: role) {
            case .reader: capsules[last].readers.insert(member)
            case .writer: capsules[last].writers.insert(member)
            case .uploader: capsules[last].uploaders.insert(member)
            case .owner, nil:
                throw UploadError(
                    .storeCorrupt(detail: "a member of capsule \(row.capsule.id.text) has the role \(role)"))
            }
        }
        return capsules
    }

    /// As `lockPrincipals`, for the owner of a capsule.
    func lockPrincipals(ownerOf id: CapsuleId) throws(UploadError) {
        try connection.send(
            "SELECT pg_advisory_xact_lock(hashtextextended(owner, 0)) FROM capsules WHERE id = $1", id)
    }
}
