package import SessionCore

/// What a migration does besides moving.
package struct MigrationOptions: Sendable {
    /// Objects that are copied at the same time.
    package var objectsAtOnce = 4
    /// The bytes of an object that are recorded together: an interrupted copy repeats no more than these.
    package var stepBytes: UInt64 = 256 << 20
    /// Read every object in the bucket once more, and compare it.
    package var verifies = false
    /// Finish although objects are damaged in the store: blobs stay in the lists without their bytes, and pending uploads begin
    /// again.
    package var acceptsDamage = false

    package init() {}
}

/// A transaction of a migration, or the verification of an object. Tests stop a migration at each.
package enum MigrationStep: Hashable, Sendable {
    case begin
    case rows(table: String)
    case bytes(of: SessionId)
    case verify(SessionId)
    case finish
}

package struct MigrationProgress: Hashable, Sendable {
    package var rows = 0
    package var objects = 0
    package var objectsTotal = 0
    package var bytes: UInt64 = 0
    package var bytesTotal: UInt64 = 0
    package var verified = 0

    package init() {}
}

/// What a migration has done, and what is in the cluster now.
package struct MigrationReport: Sendable {
    package struct Damage: Hashable, Sendable {
        package let upload: SessionId
        package let problem: String
    }

    /// Whether an earlier call had finished it, and this one has changed nothing.
    package var wasFinished = false
    /// Whether nodes can open the cluster.
    package var isFinished = false
    /// The rows of each table, the same in the store and in the database.
    package var rows: [(table: String, count: Int)] = []
    /// Objects with their bytes, as they are in the cluster.
    package var objects = 0
    package var bytes: UInt64 = 0
    /// Those of them that this call has copied.
    package var objectsCopied = 0
    package var bytesCopied: UInt64 = 0
    /// Objects that this call has read in the bucket, and found to be right.
    package var objectsVerified = 0
    /// Objects of the store whose bytes are not in the cluster.
    package var damaged: [Damage] = []
}
