/// Why a bucket cannot be used, for the operator. The description never contains a secret.
public struct S3Error: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// The location or the credentials are not valid: the configuration has to change.
        case configuration
        /// The engine refuses what the store needs, or does not do it.
        case unsuitable
        /// The engine did not respond, or failed: it may work later.
        case unavailable
    }

    public let kind: Kind
    public let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
