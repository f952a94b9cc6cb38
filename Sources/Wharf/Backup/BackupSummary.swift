/// The progress of a backup, and its result.
public struct BackupSummary: Hashable, Sendable {
    /// The objects to which the copied catalogue refers; 0 while it is being copied.
    public internal(set) var objects = 0
    /// Objects that share their bytes with the store.
    public internal(set) var linked = 0
    public internal(set) var copied = 0
    /// Objects of the former backup that stay.
    public internal(set) var kept = 0
    /// Objects of former backups that are not needed any more.
    public internal(set) var removed = 0
    /// The bytes of the copied objects and the catalogue.
    public internal(set) var bytesCopied: UInt64 = 0
    /// Objects that are missing, short or unreadable in the store, and so not backed up.
    public internal(set) var damagedCount = 0
    /// The first `damagedMax` of these, for the operator.
    public internal(set) var damaged: [String] = []

    public static let damagedMax = 100

    package init() {}

    mutating func addDamaged(_ detail: String) {
        damagedCount += 1
        if damaged.count < Self.damagedMax { damaged.append(detail) }
    }
}
