import SessionCore
import UploadCore

extension ModelState {
    mutating func removeEnded(before time: Timestamp, limit: Int, keepsNewest: Bool) -> [SessionId] {
        let parts = uploads.values.filter { !$0.isFreed }.reduce(into: Set<SessionId>()) { parts, upload in
            parts.formUnion(upload.record.parts)
        }
        let removable = uploads.values.filter { upload in
            guard let end = upload.endedAt, end < time, upload.isFreed else { return false }
            return !parts.contains(upload.record.id) && !(keepsNewest && upload.number == begun)
        }
        let ordered = removable.sorted { ($0.endedAt ?? time, $0.number) < ($1.endedAt ?? time, $1.number) }
        let ids = ordered.prefix(max(0, limit)).map(\.record.id)
        for id in ids {
            uploads[id] = nil
            derivations[id] = nil
        }
        return ids
    }
}

extension ModelUpload {
    fileprivate var endedAt: Timestamp? {
        switch status {
        case .aborted(let time), .expired(let time): time
        case .pending, .committed: nil
        }
    }
}

extension UploadRecord {
    /// A copy that has ended, without the metadata that no answer needs.
    func ended(as ending: SessionStatus) -> UploadRecord {
        let spec = SessionSpec(
            layout: session.spec.layout, expectedBytes: session.spec.expectedBytes, owner: session.spec.owner,
            idempotencyKey: nil)
        return UploadRecord(
            meta: meta.stripped(provisionalMemoryId: meta.provisionalMemoryId),
            session: Session(
                id: id, spec: spec,
                meta: SessionMeta(
                    createdAt: session.meta.createdAt, lastSeen: session.meta.lastSeen, status: ending),
                pieces: session.pieces, offset: session.offset),
            fingerprint: nil, parts: parts, digest: digest, fence: fence)
    }

    /// A copy of an ended upload whose bytes nothing refers to any more.
    var freed: UploadRecord {
        UploadRecord(
            meta: meta.stripped(provisionalMemoryId: ""), session: session, fingerprint: nil, parts: parts, digest: nil,
            fence: fence)
    }
}

extension UploadSessionMeta {
    fileprivate func stripped(provisionalMemoryId: String) -> UploadSessionMeta {
        UploadSessionMeta(
            session: session, capsule: capsule, caller: caller, asset: AssetMetadata(name: "", contentType: ""),
            provisionalMemoryId: provisionalMemoryId, idempotencyKey: nil, expectedDigest: nil, isPartial: isPartial,
            recipe: recipe, storage: storage)
    }
}
