import SessionCore
import UploadCore

extension Queries {
    func createCapsule(_ capsule: Capsule, capsulesMax: UInt64) throws(UploadError) {
        guard try self.capsule(capsule.id) == nil else { throw UploadError(.alreadyExists) }
        try Limits.require(try usage(of: capsule.owner).capsules + 1, atMost: capsulesMax, .capsules)
        try insert(capsule, isDefault: false)
    }

    func defaultCapsule(_ draft: Capsule) throws(UploadError) -> Capsule {
        let id = try connection.first(
            "SELECT id FROM capsules WHERE owner = ?1 AND is_default = 1", draft.owner
        ) { row throws(UploadError) in try row.next(CapsuleId.self) }
        if let id { return try requireCapsule(id) }
        try insert(draft, isDefault: true)
        return try requireCapsule(draft.id)
    }

    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) throws(UploadError) -> [Capsule] {
        let ids = try connection.all(
            """
            SELECT id FROM capsules WHERE owner = ?1 AND (?2 IS NULL OR id > ?2)
            UNION SELECT capsule FROM members WHERE principal = ?1 AND (?2 IS NULL OR capsule > ?2)
            ORDER BY 1 LIMIT ?3
            """, principal, id, max(0, limit)
        ) { row throws(UploadError) in try row.next(CapsuleId.self) }
        var capsules: [Capsule] = []
        for id in ids { capsules.append(try requireCapsule(id)) }
        return capsules
    }

    func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: AccessCheck
    ) throws(UploadError) -> Capsule {
        let capsule = try requireCapsule(id)
        try checkAccess(capsule)
        let changed = change.applied(to: capsule)
        forgetCapsules()
        try connection.run(
            "UPDATE capsules SET title = ?2, recipe = ?3 WHERE id = ?1", id, changed.title, changed.recipe)
        return changed
    }

    func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64, checkAccess: AccessCheck
    ) throws(UploadError) {
        let capsule = try requireCapsule(id)
        try checkAccess(capsule)
        guard role != .owner, role != .uploader else {
            throw UploadError(.invalidArgument("role", "is neither reader nor writer"))
        }
        let isMember = capsule.writers.contains(principal) || capsule.readers.contains(principal)
        if role != nil, !isMember {
            try Limits.require(try usage(of: capsule.owner).members + 1, atMost: membersMax, .membersPerOwner)
        }
        forgetCapsules()
        if let role {
            try insertMember(principal, role, in: id)
        } else {
            try connection.run("DELETE FROM members WHERE capsule = ?1 AND principal = ?2", id, principal)
        }
    }
}

// MARK: - Rows

extension Queries {
    private func insert(_ capsule: Capsule, isDefault: Bool) throws(UploadError) {
        let inserted = try connection.run(
            """
            INSERT INTO capsules (id, title, owner, is_default, inline_bytes, created_at, recipe)
            VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6) ON CONFLICT (id) DO NOTHING
            """, capsule.id, capsule.title, capsule.owner, isDefault, capsule.createdAt, capsule.recipe)
        guard inserted == 1 else { throw UploadError(.alreadyExists) }
        for reader in capsule.readers { try insertMember(reader, .reader, in: capsule.id) }
        for writer in capsule.writers { try insertMember(writer, .writer, in: capsule.id) }
    }

    func insertMember(_ principal: Principal, _ role: Role, in id: CapsuleId) throws(UploadError) {
        try connection.run(
            """
            INSERT INTO members (capsule, principal, role) VALUES (?1, ?2, ?3)
                ON CONFLICT (capsule, principal) DO UPDATE SET role = excluded.role
            """, id, principal, role.rawValue)
    }

    func readCapsule(_ id: CapsuleId) throws(UploadError) -> Capsule? {
        let capsule = try connection.first(
            "SELECT title, owner, created_at, recipe FROM capsules WHERE id = ?1", id
        ) { row throws(UploadError) in
            Capsule(
                id: id, title: try row.next(), owner: try row.next(), createdAt: try row.next(),
                recipe: try row.next())
        }
        guard var capsule else { return nil }
        let members = try connection.all(
            "SELECT principal, role FROM members WHERE capsule = ?1", id
        ) { row throws(UploadError) in (principal: try row.next(Principal.self), role: try row.next(Int.self)) }
        for (principal, role) in members {
            switch Role(rawValue: role) {
            case .reader: capsule.readers.insert(principal)
            case .writer: capsule.writers.insert(principal)
            case .uploader: capsule.uploaders.insert(principal)
            case .owner, nil:
                throw UploadError(.storeCorrupt(detail: "a member of capsule \(id.text) has the role \(role)"))
            }
        }
        return capsule
    }
}
