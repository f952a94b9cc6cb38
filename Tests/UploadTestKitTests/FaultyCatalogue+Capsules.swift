import SessionCore
import UploadCore
import UploadTestKit

// Capsules, what principals use, and links.
extension FaultyCatalogue {
    func createCapsule(_ capsule: Capsule, capsulesMax: UInt64) async throws(UploadError) {
        if mistake == .makesEveryCapsule, try await model.capsule(capsule.id) != nil { return }
        try await model.createCapsule(capsule, capsulesMax: mistake == .ignoresCapsuleLimit ? .max : capsulesMax)
    }

    func usage(of principal: Principal) async throws(UploadError) -> Usage {
        var usage = try await model.usage(of: principal)
        if mistake == .countsNoReservations { usage.reservedBytes = 0 }
        return usage
    }

    func usages(after principal: Principal?, limit: Int) async throws(UploadError) -> [PrincipalUsage] {
        try await model.usages(after: mistake == .listsUsagesAgain ? nil : principal, limit: limit)
    }

    func totalUsage() async throws(UploadError) -> Usage {
        mistake == .countsNoReservations ? Usage() : try await model.totalUsage()
    }

    func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule? { try await model.capsule(id) }
    func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule { try await model.defaultCapsule(draft) }

    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) async throws(UploadError) -> [Capsule] {
        try await model.capsules(of: principal, after: id, limit: limit)
    }

    func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule {
        try await model.updateCapsule(
            id, mistake == .changesNoCapsule ? CapsuleChange() : change, checkAccess: checkAccess)
    }

    func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await model.setRole(
            mistake == .forgetsRoles ? nil : role, of: principal, in: id,
            membersMax: mistake == .ignoresCapsuleLimit ? .max : membersMax, checkAccess: checkAccess)
    }
}

// MARK: - Links

extension FaultyCatalogue {
    func linkSecret() async throws(UploadError) -> LinkSecret { try await model.linkSecret() }

    func createLink(
        _ link: UploadLink, linksMax: UInt64, membersMax: UInt64, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        if mistake == .forgetsLinks { return }
        try await model.createLink(
            link, linksMax: mistake == .ignoresLinksMax ? .max : linksMax, membersMax: membersMax,
            checkAccess: checkAccess)
    }

    func links(
        in capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [LinkStatus] {
        try await model.links(in: capsule, checkAccess: checkAccess)
    }

    func link(_ id: LinkId) async throws(UploadError) -> LinkStatus? { try await model.link(id) }

    func removeLink(
        _ id: LinkId, from capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        if mistake == .keepsLinks { return }
        try await model.removeLink(id, from: capsule, checkAccess: checkAccess)
    }

    func removeLinks(expiredBefore time: Timestamp, limit: Int) async throws(UploadError) -> Int {
        let early = Timestamp(milliseconds: time.milliseconds + 1)
        return try await model.removeLinks(
            expiredBefore: mistake == .removesLinksTooEarly ? early : time, limit: limit)
    }
}
