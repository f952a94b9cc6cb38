package import SessionCore

/// What a migration does besides moving.
package struct MigrationOptions: Sendable {
    /// Objects that are copied at the same time.
    package var objectsAtOnce = 4
    /// The bytes of an object that are recorded together: an interrupted copy of a blob repeats no more than these.
    package var stepBytes: UInt64 = 256 << 20
    /// Read every object in the bucket once more, and compare it.
    package var verifies = false
    /// Finish although objects are damaged in the store: blobs stay in the lists without their bytes, and pending uploads begin
    /// again. What cannot be read now, or is wrong in the bucket, is not accepted.
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
    package struct Finding: Hashable, Sendable {
        package let upload: SessionId
        package let problem: String

        package init(upload: SessionId, problem: String) {
            self.upload = upload
            self.problem = problem
        }
    }

    /// Whether an earlier call had finished it, and this one has changed nothing.
    package var wasFinished = false
    /// Whether nodes can open the cluster.
    package var isFinished = false
    /// The rows of each table, the same in the store and in the database.
    package var rows: [(table: String, count: Int)] = []
    /// Objects with their bytes, as they are in the cluster; 0 where an earlier call had finished the migration.
    package var objects = 0
    package var bytes: UInt64 = 0
    /// Those of them that this call has copied.
    package var objectsCopied = 0
    package var bytesCopied: UInt64 = 0
    /// Objects that this call has read in the bucket, and found to be right.
    package var objectsVerified = 0
    /// Objects of the store whose bytes are missing or wrong there. Those bytes are not in the cluster.
    package var damaged: [Finding] = []
    /// Objects of the store that could not be read now. What was recorded of them stays, and the next call goes on from there.
    package var unreadable: [Finding] = []
    /// Objects that a verification has found to be missing or wrong in the bucket. The next call copies them once more.
    package var wrongInBucket: [Finding] = []
    /// Whether a verification was asked for that did not take place: the migration had finished before, and nodes may have
    /// changed and deleted what was moved.
    package var lacksVerification = false

    package init() {}

    /// Only damage of the store can be accepted: what is unreadable now, or wrong in the bucket, is still whole in the store.
    func permitsFinish(_ options: MigrationOptions) -> Bool {
        unreadable.isEmpty && wrongInBucket.isEmpty && (damaged.isEmpty || options.acceptsDamage)
    }
}
