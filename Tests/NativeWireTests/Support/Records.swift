import SessionCore
import UploadCore

/// Records as a catalogue has them.
enum Records {
    static let createdAt = Timestamp(milliseconds: 1_795_383_322_123)
    static let lastSeen = createdAt.advanced(byMilliseconds: 1000)
    static let id = SessionId(high: 1, low: 2)
    static let capsule = CapsuleId(SessionId(high: 3, low: 4))
    static let digest = Digest(of: [1, 2, 3])

    static func upload(
        length: UInt64? = 25, layout: SessionLayout = .chunks(size: 10), pieces: [UInt64] = [],
        offset: UInt64 = 0, status: SessionStatus = .pending, digest: BlobDigest? = nil
    ) -> UploadRecord {
        var set = PieceSet()
        for piece in pieces { set.insert(piece) }
        let caller = Principal("ann")
        let session = Session(
            id: id,
            spec: SessionSpec(
                layout: layout, expectedBytes: length, owner: SessionOwner(capsule: capsule, caller: caller)),
            meta: SessionMeta(createdAt: createdAt, lastSeen: lastSeen, status: status), pieces: set, offset: offset)
        let meta = UploadSessionMeta(
            session: id, capsule: capsule, caller: caller,
            asset: AssetMetadata(name: "a.jpg", contentType: "image/jpeg"), provisionalMemoryId: "",
            idempotencyKey: nil, expectedDigest: nil, isPartial: false, storage: .file)
        return UploadRecord(meta: meta, session: session, fingerprint: Records.digest, digest: digest)
    }
}
