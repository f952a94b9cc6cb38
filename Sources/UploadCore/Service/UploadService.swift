public import SessionCore

/// The operations on uploads, blobs and capsules, with access checks and limits. Protocols call this layer and nothing
/// below it; operators' endpoints call `maintenance`, which checks no access. `UploadMemories` adds memories,
/// `UploadDerivation` derivations.
///
/// An upload belongs to the caller that began it, as long as it may write to the capsule: with a lower role it can only
/// query and abort the upload, without any role the upload does not exist for it. The owner of the capsule may list, query
/// and abort it; for all other callers it does not exist.
///
/// An `EmbeddedStore` has one in `uploads`. Composed by hand, of any stores that fulfil the laws of the ports:
///
/// ```swift
/// let uploads = try UploadService(catalogue: catalogue, blobs: blobs, clock: SystemClock())
/// try await uploads.maintenance.recover()
/// let capsule = try await uploads.createCapsule(title: "Wedding", by: anna)
/// ```
public struct UploadService<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    /// The layer below, without access checks.
    package let sessions: SessionCompat<Store, Blobs, Time>
    package let ids: IdSource
    let defaultCapsules: DefaultCapsules
    let capsuleCache: CapsuleCache

    /// - Throws: `invalid_argument` for inconsistent limits, and for incompatible stores: a blob store that gives
    ///   receipts and a catalogue that keeps them require each other, and a shared catalogue requires receipts.
    public init(
        catalogue: Store, blobs: Blobs, clock: Time, limits: Limits = Limits(), ids: IdSource = IdSource()
    ) throws(UploadError) {
        guard blobs.givesReceipts == catalogue.keepsReceipts, blobs.givesReceipts || !catalogue.isShared else {
            throw UploadError(.invalidArgument("blobs", "do not fit the catalogue: one of them works without receipts"))
        }
        sessions = SessionCompat(
            catalogue: catalogue, blobs: blobs, clock: clock, limits: try limits.validated())
        self.ids = ids
        defaultCapsules = DefaultCapsules(countMax: limits.idleUploadsMax)
        // A few megabytes.
        capsuleCache = CapsuleCache(sizeMax: catalogue.isShared ? 0 : 50_000)
    }

    public var limits: Limits { sessions.limits }
    package var catalogue: Store { sessions.catalogue }

    package func now() -> Timestamp { sessions.clock.now() }
}
