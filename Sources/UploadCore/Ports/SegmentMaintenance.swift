public import SessionCore

/// A segment of bytes, as a catalogue has recorded it or a store lists it.
public struct RecordedSegment: Hashable, Sendable {
    public let key: ObjectKey
    public let byteCount: UInt64

    public init(key: ObjectKey, byteCount: UInt64) {
        self.key = key
        self.byteCount = byteCount
    }
}

/// The bytes of an upload that a recorded segment holds.
public struct SegmentUse: Hashable, Sendable {
    public let key: ObjectKey
    public let upload: SessionId
    /// Offsets in the upload.
    public let range: Range<UInt64>

    public init(key: ObjectKey, upload: SessionId, range: Range<UInt64>) {
        self.key = key
        self.upload = upload
        self.range = range
    }
}

/// What the check of a store of segments asks its catalogue, which other engines use meanwhile.
///
/// Each call reads one moment. A key only ever goes from announced to recorded or garbage, from recorded to garbage, and
/// from there to unknown; so what a call finds recorded had its object until then, and what it finds unknown stays so.
///
/// Laws: see `CatalogueContract.sharing`.
public protocol SegmentCatalogueMaintenance: Catalogue, SegmentCatalogue {
    /// The recorded segments after a key, in the order of the bytes of their keys, at most `limit`; fewer only at the end.
    func recordedSegments(after key: ObjectKey?, limit: Int) async throws(UploadError) -> [RecordedSegment]

    /// Those of these segments that are recorded, in the order of the bytes of their keys.
    func uses(of keys: [ObjectKey]) async throws(UploadError) -> [SegmentUse]

    /// Those of these keys that are neither announced nor recorded nor garbage, in their order.
    func unknownSegments(among keys: [ObjectKey]) async throws(UploadError) -> [ObjectKey]

    /// The committed concatenations that contain the bytes of an upload, also through others, in the order of their ids.
    func concatenations(
        of upload: SessionId, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [SessionId]

    /// Examines the next uploads after an id, at most `limit`, in the order of the ids. Found are those whose segments have more
    /// or fewer bytes together than they should: committed ones, and pending ones that are appended to.
    ///
    /// - Returns: `next` is the last upload examined; nil at the end.
    func uploadsWithGaps(
        after id: SessionId?, limit: Int
    ) async throws(UploadError) -> (found: [SessionId], next: SessionId?)

    /// Marks the pieces of a pending upload whose bytes a recorded segment holds as missing, as `forgetPieces`, and raises
    /// the fence of the upload: no holder commits what it has verified before.
    ///
    /// - Returns: False if the segment is not recorded, or its upload not pending; nothing is changed then.
    func forgetSegment(_ key: ObjectKey) async throws(UploadError) -> Bool
}

/// What the check of a store of segments asks the store itself.
public protocol SegmentStoreMaintenance: BlobStore {
    /// Lists the objects in the place of segments, in the order of their names, which is that of the bytes of the keys. For
    /// checks, never in service.
    ///
    /// - Parameter name: The last name of the previous page; nil for the first.
    /// - Throws: `unavailable`.
    func storedSegments(after name: String?) async throws(UploadError) -> StoredSegments

    /// The size of a segment in bytes; nil if there is none. Unlike a list it is up to date.
    ///
    /// - Throws: `unavailable`.
    func size(ofSegment key: ObjectKey) async throws(UploadError) -> UInt64?

    /// The location of a segment, for the operator.
    func path(ofSegment key: ObjectKey) -> String

    /// Moves an unreferenced segment to the quarantine. Idempotent. Nothing is deleted before its copy is there.
    ///
    /// - Returns: False if it does not exist.
    /// - Throws: `unavailable`; the segment is where it was, or in both places.
    func quarantine(segment key: ObjectKey) async throws(UploadError) -> Bool
}

/// A page of the list of a store of segments.
public struct StoredSegments: Sendable {
    public var segments: [RecordedSegment]
    /// Objects whose name is not that of a segment.
    public var unknownObjects: [(name: String, byteCount: UInt64)]
    /// The last name of the page; nil after the last page.
    public var next: String?

    public init(segments: [RecordedSegment], unknownObjects: [(name: String, byteCount: UInt64)], next: String?) {
        self.segments = segments
        self.unknownObjects = unknownObjects
        self.next = next
    }
}
