#if WHARF_DELIBERATE_FAULTS
    import Glibc
#endif

/// Deliberate faults in the engine, one at a time, to prove that its tests detect them: `make mutation-check` builds
/// with `WHARF_DELIBERATE_FAULTS`, runs the tests once per fault, and fails if they pass.
///
/// In every other build `isOn` is the constant false and the faults do not exist.
package enum DeliberateFault: String, CaseIterable, Sendable {
    /// Bytes are acknowledged without having been synced.
    case skipDataSync
    /// A new file's name is never made durable.
    case skipDirectorySync
    /// A failed sync is treated as successful.
    case ignoreFailedSync
    /// A chunk is recorded as durable before its bytes are synced.
    case recordBeforeSync
    /// Catalogue commits are not synced.
    case skipCatalogueSync
    /// Callers are answered before their group is committed.
    case answerBeforeCommit
    /// The hash of the whole upload consumes pieces in the order of arrival.
    case hashInArrivalOrder
    /// A finish does not compare digests.
    case skipVerification
    /// The sweep counts from an upload's creation instead of its last use.
    case sweepByCreation
    /// Any request under a known idempotency key is treated as a replay.
    case dropFingerprint
    /// Different bytes for a durable chunk are treated as a repeat.
    case skipComparison
    /// A takeover does not wait for the bytes of the previous writer.
    case takeOverWithoutWaiting
    /// Bytes of an aborted upload stay on disk.
    case leaveGarbage
    /// Bytes that a concatenation refers to are freed with their part.
    case forgetReferences
    /// Every access check passes.
    case skipAccess

    #if WHARF_DELIBERATE_FAULTS
        package var isOn: Bool { Self.chosen == self }

        private static let chosen = getenv("WHARF_DELIBERATE_FAULT")
            .flatMap { DeliberateFault(rawValue: String(cString: $0)) }
    #else
        @inlinable package var isOn: Bool { false }
    #endif
}
