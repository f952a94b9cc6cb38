/// The durable facts about capsules and their members.
///
/// Laws, besides those of `Catalogue`: see `CatalogueContract.Port.capsules`.
public protocol CapsuleCatalogue: Sendable {
    /// - Parameter capsulesMax: The limit on capsules of the owner, this one included.
    /// - Throws: `already_exists`, `too_large` (capsules).
    func createCapsule(_ capsule: Capsule, capsulesMax: UInt64) async throws(UploadError)
    func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule?
    /// The default capsule of the draft's owner; creates it from the draft if there is none, without a limit.
    func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule
    /// The capsules in which a principal has any role, in the order of their ids.
    func capsules(of principal: Principal, after id: CapsuleId?, limit: Int) async throws(UploadError) -> [Capsule]
    /// Sets the role of a principal to reader, writer or none.
    ///
    /// - Parameter membersMax: The limit on members of all capsules of the owner, a new one included.
    /// - Throws: `not_found` (capsule), the errors of `checkAccess`; `invalid_argument` for the owner's role; `too_large`
    ///   (members) for a new member.
    func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, membersMax: UInt64,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError)

    /// Changes the title or the default recipe of a capsule.
    ///
    /// - Returns: The changed capsule.
    /// - Throws: `not_found`, the errors of `checkAccess`.
    func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule
}
