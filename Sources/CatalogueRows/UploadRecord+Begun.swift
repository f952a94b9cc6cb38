import SessionCore
package import UploadCore

extension UploadRecord {
    /// A copy without writers, which are not durable.
    package var withoutWriters: UploadRecord {
        var copy = self
        copy.session = Session(
            id: id, spec: session.spec, meta: session.meta, pieces: session.pieces, offset: session.offset)
        return copy
    }

    /// A copy that is committed when it begins.
    package func committed(length: UInt64, digest: BlobDigest) -> UploadRecord {
        let spec = SessionSpec(
            layout: session.spec.layout, expectedBytes: length, owner: session.spec.owner,
            idempotencyKey: session.spec.idempotencyKey)
        let now = session.meta.createdAt
        var copy = self
        copy.session = Session(
            id: id, spec: spec,
            meta: SessionMeta(createdAt: now, lastSeen: session.meta.lastSeen, status: .committed(at: now)),
            pieces: spec.allPieces, offset: spec.layout == .append ? length : 0)
        copy.digest = digest
        return copy
    }
}
