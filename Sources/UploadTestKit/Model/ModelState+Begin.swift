import SessionCore
import UploadCore

extension ModelState {
    mutating func begin(_ draft: UploadDraft, checkAccess: ModelCatalogue.AccessCheck) throws(UploadError) -> Began {
        var record = draft.record
        let capsule = try requireCapsule(record.meta.capsule)
        try checkAccess(capsule)
        if draft.takesCapsuleRecipe { record.meta.recipe = capsule.recipe }
        let upload = ModelUpload(record: record)
        if let earlier = upload.key.flatMap({ keys[$0] }).flatMap({ uploads[$0] }) {
            guard earlier.record.fingerprint == record.fingerprint else { throw UploadError(.idempotencyConflict) }
            return .replayed(earlier.record)
        }
        if draft.content == nil {
            try Limits.require(active[upload.owner, default: 0] + 1, atMost: draft.activeMax, .activeUploads)
        }
        guard uploads[record.id] == nil else { throw UploadError(.alreadyExists) }
        try requireParts(of: record)
        return .created(insert(upload, content: draft.content))
    }

    /// Parts are pending or committed uploads that were begun as parts, by the same caller in the same capsule.
    private func requireParts(of record: UploadRecord) throws(UploadError) {
        for id in record.parts {
            guard let part = uploads[id], !part.isEnded, part.record.meta.capsule == record.meta.capsule,
                part.record.meta.caller == record.meta.caller
            else { throw UploadError(.notFound(.upload)) }
            guard part.record.meta.isPartial else {
                throw UploadError(.invalidArgument("parts", "name an upload that was not begun as a part"))
            }
        }
    }

    private mutating func insert(_ draft: ModelUpload, content: UploadDraft.Content?) -> UploadRecord {
        var upload = draft
        // Without its writers: they are no part of what is durable.
        upload.record.session = upload.record.session.changing()
        if let content {
            upload.bytes = content.bytes
            upload.commit(
                length: UInt64(content.bytes.count), digest: .whole(content.digest),
                at: upload.record.session.meta.createdAt)
            beginDerivation(of: upload, at: upload.record.session.meta.createdAt)
        } else {
            active[upload.owner, default: 0] += 1
        }
        uploads[upload.record.id] = upload
        if let key = upload.key { keys[key] = upload.record.id }
        if !upload.record.parts.isEmpty { concatenations.insert(upload.record.id) }
        return upload.record
    }

    func findPending(capsule: CapsuleId, caller: Principal, key: IdempotencyKey) -> UploadRecord? {
        let owner = SessionOwner(capsule: capsule, caller: caller)
        guard let id = keys[ModelKey(owner: owner, key: key)], let upload = uploads[id], upload.status.isPending
        else { return nil }
        return upload.record
    }
}
