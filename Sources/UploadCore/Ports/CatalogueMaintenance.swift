public import SessionCore

/// The operations of the store check and its repairs on a catalogue.
///
/// Laws, besides those of `Catalogue`: see `CatalogueContract.Port.maintenance`.
public protocol CatalogueMaintenance: Sendable {
    /// Checks that the storage takes new bytes, with its present state.
    ///
    /// - Throws: `store_full`; `unavailable` if it takes no changes at all.
    func requireWritable() async throws(UploadError)
    /// Gives space that deletions freed back to the file system, and overwrites the last copies of deleted rows. Other
    /// calls are served meanwhile. May leave some of the work to the next call, all of it on a full disk.
    func compact() async throws(UploadError)
    /// The inconsistencies within the catalogue, in words for the operator. Reads everything.
    func problems() async throws(UploadError) -> [String]
    /// Marks the chunks of a pending upload that overlap these ranges as missing, or lowers the offset of an append to the
    /// start of the first block that does. For repairs only.
    func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) async throws(UploadError)
    func maintenanceState() async throws(UploadError) -> MaintenanceState
    /// Replaces it, durably.
    func setMaintenanceState(_ state: MaintenanceState) async throws(UploadError)
}

/// The pending verifications of a store and the progress of its scrub, recorded across restarts.
public struct MaintenanceState: Hashable, Sendable {
    /// Whether bytes of pending uploads may be missing: the machine lost power, or was reset, after writes that were
    /// never synced.
    public var needsVerification: Bool
    /// The last upload that the scrub has verified; nil before the first.
    public var scrubbedThrough: SessionId?
    /// When the current scrub began, or the last one if none is under way; nil before the first.
    public var scrubBegan: Timestamp?
    /// Whether a scrub is under way.
    public var isScrubbing: Bool

    public init(
        needsVerification: Bool = false, scrubbedThrough: SessionId? = nil, scrubBegan: Timestamp? = nil,
        isScrubbing: Bool = false
    ) {
        self.needsVerification = needsVerification
        self.scrubbedThrough = scrubbedThrough
        self.scrubBegan = scrubBegan
        self.isScrubbing = isScrubbing
    }
}
