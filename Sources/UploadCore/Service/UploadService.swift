public import SessionCore

/// Uploads for callers: who may do what, within which limits, and what an upload becomes. The wires call this and nothing
/// below it.
///
/// An upload belongs to the caller that began it. The owner of its capsule may look at it and abort it; to everybody else
/// it does not exist.
public struct UploadService<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    public let sessions: SessionCompat<Store, Blobs, Time>
    let ids: IdSource
    let defaultCapsules: DefaultCapsules

    /// - Throws: `invalid_argument` for limits that make no sense.
    public init(
        catalogue: Store, blobs: Blobs, clock: Time, limits: Limits = Limits(), ids: IdSource = IdSource()
    ) throws(UploadError) {
        sessions = SessionCompat(
            catalogue: catalogue, blobs: blobs, clock: clock, limits: try limits.validated())
        self.ids = ids
        defaultCapsules = DefaultCapsules(countMax: limits.idleUploadsMax)
    }

    public var limits: Limits { sessions.limits }
    var catalogue: Store { sessions.catalogue }

    package func now() -> Timestamp { sessions.clock.now() }
}
