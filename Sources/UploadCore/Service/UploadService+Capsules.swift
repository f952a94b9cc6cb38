import SessionCore

extension UploadService {
    /// Creates a capsule owned by the caller.
    ///
    /// - Throws: `not_found` for the bearer of a link; `too_large` (also for one capsule more than `Limits.capsulesMax`),
    ///   `unavailable`, `store_full`.
    public func createCapsule(
        title: String, recipe: Recipe? = nil, by caller: Principal
    ) async throws(UploadError) -> Capsule {
        guard caller.link == nil else { throw UploadError(.notFound(.capsule)) }
        let capsule = try newCapsule(title: title, recipe: recipe, owner: caller)
        try await catalogue.createCapsule(capsule, capsulesMax: limits.capsulesMax)
        return capsule
    }

    /// The caller's default capsule; created on first use.
    ///
    /// - Throws: `not_found` for the bearer of a link.
    public func defaultCapsule(of caller: Principal) async throws(UploadError) -> Capsule {
        guard caller.link == nil else { throw UploadError(.notFound(.capsule)) }
        return try await catalogue.defaultCapsule(try newCapsule(title: "", owner: caller))
    }

    /// The id of the caller's default capsule, or of its link's capsule; cached, since neither ever changes.
    ///
    /// - Throws: `not_found` for the bearer of a link that was removed; otherwise as `defaultCapsule`.
    public func defaultCapsuleId(of caller: Principal) async throws(UploadError) -> CapsuleId {
        if let id = defaultCapsules[caller] { return id }
        let id = caller.link == nil ? try await defaultCapsule(of: caller).id : try await link(of: caller).link.capsule
        defaultCapsules.remember(id, of: caller)
        return id
    }

    /// - Throws: `not_found`, also if the caller may not read it.
    public func capsule(_ id: CapsuleId, by caller: Principal) async throws(UploadError) -> Capsule {
        try await require(.reader, in: id, caller)
    }

    /// One page of the capsules in which the caller has a role, oldest first; none for the bearer of a link.
    public func capsules(
        after: CapsuleId? = nil, limit: Int = .max, by caller: Principal
    ) async throws(UploadError) -> [Capsule] {
        guard caller.link == nil else { return [] }
        return try await catalogue.capsules(of: caller, after: after, limit: max(1, min(limit, limits.pageMax)))
    }

    /// Changes the title or the default recipe of a capsule.
    ///
    /// - Throws: `not_found`, `forbidden` unless the caller owns the capsule, `too_large`.
    public func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, by caller: Principal
    ) async throws(UploadError) -> Capsule {
        if let title = change.title { try Limits.require(title, atMost: limits.titleBytesMax, .titleBytes) }
        return try await capsuleCache.changing { () throws(UploadError) in
            try await catalogue.updateCapsule(id, change, checkAccess: Self.accessCheck(.owner, caller))
        }
    }

    /// Sets a principal's role to writer or reader, or removes it (nil). The owner's role cannot be changed. Members can
    /// remove their own.
    ///
    /// A principal that may no longer write cannot go on with its pending uploads in the capsule: no byte of them is recorded
    /// from now on, and its requests do not keep them from expiring. The owner can list and abort them.
    ///
    /// - Throws: `not_found`, `forbidden` unless the caller owns the capsule or leaves it, `invalid_argument`,
    ///   `too_large` (members).
    public func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, by caller: Principal
    ) async throws(UploadError) {
        guard role != .owner else { throw UploadError(.invalidArgument("role", "cannot be “owner”")) }
        guard !principal.name.isEmpty else { throw UploadError(.invalidArgument("principal", "is empty")) }
        let isReserved = principal.link != nil || role != nil && principal.name.hasPrefix(Principal.linkPrefix)
        guard role != .uploader, !isReserved else {
            throw UploadError(
                .invalidArgument("principal", "names an upload link, which is created and removed as such"))
        }
        try Limits.require(principal.name, atMost: limits.principalBytesMax, .principalBytes)
        // Names of earlier releases can still be removed.
        guard role == nil || principal.name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw UploadError(.invalidArgument("principal", "has a control character"))
        }
        let membersMax = limits.membersMax
        try await capsuleCache.changing { () throws(UploadError) in
            try await catalogue.setRole(
                role, of: principal, in: id, membersMax: limits.membersPerOwnerMax
            ) { capsule throws(UploadError) in
                let isLeaving = role == nil && principal == caller
                try capsule.require(isLeaving ? .reader : .owner, of: caller)
                guard principal != capsule.owner else {
                    throw UploadError(.invalidArgument("principal", "is the owner"))
                }
                let others = capsule.writers.union(capsule.readers).subtracting([principal])
                if role != nil { try Limits.require(UInt64(others.count) + 1, atMost: membersMax, .members) }
            }
        }
    }

    private func newCapsule(
        title: String, recipe: Recipe? = nil, owner: Principal
    ) throws(UploadError) -> Capsule {
        try Limits.require(title, atMost: limits.titleBytesMax, .titleBytes)
        try Limits.require(owner.name, atMost: limits.principalBytesMax, .principalBytes)
        let now = now()
        return Capsule(id: CapsuleId(ids.next(at: now)), title: title, owner: owner, createdAt: now, recipe: recipe)
    }

    @discardableResult
    package func require(_ role: Role, in id: CapsuleId, _ caller: Principal) async throws(UploadError) -> Capsule {
        guard let capsule = try await catalogue.capsule(id) else { throw UploadError(.notFound(.capsule)) }
        try capsule.require(role, of: caller)
        return capsule
    }
}

// MARK: - Usage

extension UploadService {
    /// What the caller uses, as an owner of capsules and as a caller.
    public func usage(of caller: Principal) async throws(UploadError) -> Usage {
        try await catalogue.usage(of: caller)
    }
}
