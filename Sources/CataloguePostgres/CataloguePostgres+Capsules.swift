public import SessionCore
import Synchronization
public import UploadCore

extension CataloguePostgres {
    public func createCapsule(_ capsule: Capsule, capsulesMax: UInt64) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.createCapsule(capsule, capsulesMax: capsulesMax) }
    }

    public func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule? {
        try await read { queries throws(UploadError) in try queries.capsule(id) }
    }

    public func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule {
        try await write { queries throws(UploadError) in try queries.defaultCapsule(draft) }
    }

    public func capsules(
        of principal: Principal, after id: CapsuleId?, limit: Int
    ) async throws(UploadError) -> [Capsule] {
        try await read { queries throws(UploadError) in try queries.capsules(of: principal, after: id, limit: limit) }
    }

    public func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule {
        try await write { queries throws(UploadError) in try queries.updateCapsule(id, change, checkAccess: checkAccess)
        }
    }

    public func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.setRole(role, of: principal, in: id, membersMax: membersMax, checkAccess: checkAccess)
        }
    }
}

extension CataloguePostgres {
    public func usage(of principal: Principal) async throws(UploadError) -> Usage {
        try await read { queries throws(UploadError) in try queries.usage(of: principal) }
    }

    public func usages(after principal: Principal?, limit: Int) async throws(UploadError) -> [PrincipalUsage] {
        try await read { queries throws(UploadError) in try queries.usages(after: principal, limit: limit) }
    }

    public func totalUsage() async throws(UploadError) -> Usage {
        try await read { queries throws(UploadError) in try queries.totalUsage() }
    }
}

extension CataloguePostgres {
    public func linkSecret() async throws(UploadError) -> LinkSecret {
        if let known = knownLinkSecret.withLock({ $0 }) { return known }
        let secret = try await read { queries throws(UploadError) in try queries.linkSecret() }
        knownLinkSecret.withLock { $0 = secret }
        return secret
    }

    public func createLink(
        _ link: UploadLink, linksMax: UInt64, membersMax: UInt64, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.createLink(link, linksMax: linksMax, membersMax: membersMax, checkAccess: checkAccess)
        }
    }

    public func links(
        in capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [LinkStatus] {
        try await read { queries throws(UploadError) in try queries.links(in: capsule, checkAccess: checkAccess) }
    }

    public func link(_ id: LinkId) async throws(UploadError) -> LinkStatus? {
        try await read { queries throws(UploadError) in try queries.link(id) }
    }

    public func removeLink(
        _ id: LinkId, from capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.removeLink(id, from: capsule, checkAccess: checkAccess)
        }
    }

    public func removeLinks(expiredBefore time: Timestamp, limit: Int) async throws(UploadError) -> Int {
        try await write { queries throws(UploadError) in
            try queries.removeLinks(expiredBefore: time, limit: limit)
        }
    }
}
