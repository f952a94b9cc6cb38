import Synchronization

/// Where the keys of an issuer come from.
public protocol KeySource: Sendable {
    /// The keys in use; nil before the first.
    var keys: KeySet? { get }

    /// Looks for newer keys, unless it did so a moment ago. Called while there are no keys, and for a token whose key is
    /// unknown; anybody can send such tokens.
    ///
    /// - Returns: The keys in use then; nil if it is not known whether the issuer has others.
    func refreshed() async -> KeySet?
}

/// Keys in memory, which `replace` exchanges: those of a file that was read again.
public final class StoredKeys: KeySource {
    private let current: Mutex<KeySet>

    public init(_ keys: KeySet) {
        current = Mutex(keys)
    }

    public func replace(with keys: KeySet) {
        current.withLock { $0 = keys }
    }

    public var keys: KeySet? { current.withLock { $0 } }

    public func refreshed() -> KeySet? { keys }
}
