#if WHARF_DELIBERATE_FAULTS
    import Glibc
#endif

/// Deliberate faults in the engine, in the SQL of the shared catalogue, and in the model of it that histories of clusters
/// use, one at a time, to prove that the tests detect them: `make mutation-check` runs the tests once per fault, named in
/// the environment variable `WHARF_DELIBERATE_FAULT`, and fails if they pass.
///
/// Only debug builds have them. In release builds `isOn` is the constant false and the faults do not exist.
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
    /// The file system's sync of a file makes no system call.
    case skipFdatasync
    /// The file system's sync of a directory makes no system call.
    case skipFsync
    /// A write that transferred a part of its bytes counts as complete.
    case acceptShortWrite
    /// A read that transferred a part of its bytes counts as the end of the file.
    case acceptShortRead
    /// System calls that a signal interrupted are not repeated.
    case failWhenInterrupted
    /// Symbolic links are followed to files outside of the store.
    case followLinks
    /// A last chunk one byte shorter than the chunk size does not declare the length.
    case forgetShortEnd
    /// The hash sees bytes before they are written, and so also those whose write fails.
    case hashBeforeWrite
    /// The hash of a writer counts although it covers bytes of a write that failed.
    case adoptHashOfFailure
    /// A transaction that a full disk undoes answers the calls before the failed one with success.
    case answerUndoneCalls
    /// A file is opened for sending although it is shorter than its object.
    case skipOpenedLength
    /// A sync covers the writes that returned while it was under way.
    case syncLateWrites
    /// After an I/O error of the catalogue its log is reopened as it is, with transactions that the disk may not have.
    case keepUnsyncedLog
    /// After an I/O error of the catalogue its log is not restarted on the disk.
    case skipLogRestart
    /// Bytes past the end of an object count as equal in a comparison.
    case compareToEnd
    /// Quotas are not compared with what is used.
    case ignoreQuotas
    /// Uploads through a link are not compared with its limits.
    case ignoreLinkLimits
    /// The digest of all bytes of a concatenation is computed each time.
    case forgetWholeDigests
    /// Stored bytes that differ from the checksum of their block count as good.
    case skipBlockComparison
    /// A store whose machine lost power with unsynced writes does not verify its pending uploads.
    case skipVerificationAfterPowerLoss

    /// Bytes that bypassed the page cache count as durable without a sync.
    case skipSyncOfDirectWrites
    /// The bytes after the last whole block of a direct write go to the wrong place.
    case misplaceDirectTail
    /// A direct write ends with its last block, not with its bytes.
    case roundDirectLengthUp

    /// Ended uploads keep their names and other metadata.
    case keepMetadata
    /// The upload begun last is removed like any other, so that the next one gets its number in the catalogue.
    case reuseSequenceNumbers
    /// The retention of ended uploads counts by the time of day alone, which may be set.
    case removeByTimeOfDay

    // Faults of a cluster. Those of the catalogue are in its model (`ModelCatalogue`), which histories of clusters use.

    /// A shared catalogue accepts changes under any fence.
    case ignoreFences
    /// An upload is taken over, or its offset told, without a claim.
    case takeOverWithoutClaim
    /// An upload is finished without a claim.
    case finishWithoutClaim
    /// Segments are recorded although they are not announced, and stay announced.
    case recordUnannounced
    /// The segments of old announcements are removed before their announcements are taken.
    case removeBeforeTaking
    /// Young announcements are taken, too.
    case takeYoungAnnouncements
    /// A chunk that two engines receive is not compared when the second one records it.
    case recordOtherChunks
    /// Segments that a concatenation refers to are garbage with the end of their part.
    case freeSharedSegments
    /// Removed segments are not removed again.
    case removeOnce
    /// A derivation that another engine has finished is finished once more.
    case finishDerivationsTwice
    /// An attempt to store a segment uses the key of the one before.
    case reuseKeys
    /// Segments are written under keys whose announcement has failed.
    case writeUnannounced
    /// A segment that could not be stored gets a receipt.
    case acknowledgeFailedPuts
    /// An error in the body of a 200 response counts as success.
    case acceptErrorDocuments
    /// Objects that a deletion has left, and says so, count as deleted.
    case acceptPartialDeletions
    /// A response that ends before its range counts as complete: the rest reads as zeros.
    case acceptShortRanges
    /// A recorded hash is continued at the offset of the upload, wherever it ends.
    case continueHashAtOffset

    // Faults of the SQL of CataloguePostgres. Its tests look for them.

    /// A piece is recorded under any fence.
    case skipEpochComparison
    /// An upload is committed under any fence.
    case commitUnderOldEpochs
    /// A claim leaves the fence as it is.
    case claimWithoutRaising
    /// Segments are recorded that are not announced any more.
    case skipAnnouncements
    /// The second recording of a chunk replaces the first one.
    case replaceRecordedChunks
    /// A commit whose outcome is unknown counts as done.
    case trustUnknownCommits
    /// Announcements are taken by the next sweep, however young.
    case sweepYoungAnnouncements
    /// The key of a removed segment is forgotten at once.
    case forgetRemovedSegments
    /// Two sweeps that removed the same segment count two removals.
    case countRemovalsUnlocked
    /// The segments of an ended upload are not garbage.
    case dropReleasedSegments
    /// The segments of an ended part are garbage while a concatenation refers to them.
    case releaseSharedSegments
    /// The durable bytes of a growing upload count again with each piece.
    case countBytesTwice
    /// Two engines may start a derivation at the same moment.
    case startUnlockedDerivations
    /// A stretch of the scrub is taken from the engine that verifies it.
    case takeHeldStretches

    #if WHARF_DELIBERATE_FAULTS
        package var isOn: Bool { Self.chosen == self }

        private static let chosen = unsafe getenv("WHARF_DELIBERATE_FAULT")
            .flatMap { unsafe DeliberateFault(rawValue: String(cString: $0)) }
    #else
        @inlinable package var isOn: Bool { false }
    #endif
}
