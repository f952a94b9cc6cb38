/// What the catalogue checks in the transaction that records bytes or a length of a pending upload.
public struct Admission: Sendable {
    /// Whether the caller may still write to the capsule.
    public let checkAccess: AccessCheck
    public let allowance: Allowance

    public init(checkAccess: @escaping AccessCheck, allowance: Allowance) {
        self.checkAccess = checkAccess
        self.allowance = allowance
    }

    /// Admits everything.
    public static let unlimited = Admission(checkAccess: { _ in }, allowance: .unlimited)
}
