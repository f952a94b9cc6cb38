import SessionCore
import Synchronization
import UploadCore

extension CatalogueContract {
    static let beginning: [Check] = [
        Check("an upload is read back exactly as it was begun") { fixture in
            let draft = fixture.draft(try await fixture.newCapsule(), key: IdempotencyKey("key"))
            try requireSame(try await fixture.begin(draft), draft.record, "the created record")
            try requireSame(try await fixture.found(draft.record.id), draft.record, "the record read back")
        },
        Check("an unused id finds nothing") { fixture in
            let found = try await fixture.catalogue.upload(fixture.nextId())
            try require(found == nil, "an upload was found under an unused id")
        },
        Check("an unknown length stays unknown") { fixture in
            let capsule = try await fixture.newCapsule()
            for layout in [SessionLayout.append, .chunks(size: 10)] {
                let record = try await fixture.begin(fixture.draft(capsule, layout: layout, length: nil))
                try requireSame(try await fixture.found(record.id), record, "\(layout)")
                try requireEqual(record.session.spec.expectedBytes, nil, "length")
            }
        },
        Check("an id is never reused, even after its upload has ended") { fixture in
            let capsule = try await fixture.newCapsule()
            let pending = try await fixture.begin(fixture.draft(capsule))
            let aborted = try await fixture.begin(fixture.draft(capsule))
            _ = try await fixture.abort(aborted.id)
            let committed = try await fixture.committed(fixture.draft(capsule))
            for id in [pending.id, aborted.id, committed.id] {
                let before = try await fixture.found(id)
                try await requireRefusal(.alreadyExists, "an id used before") {
                    try await fixture.catalogue.begin(
                        fixture.draft(capsule, id: id, caller: fixture.ben), checkAccess: admitAll)
                }
                try requireSame(try await fixture.found(id), before, "the upload that has the id")
            }
        },
        Check("an upload in an unknown capsule is refused") { fixture in
            let nowhere = Capsule(
                id: CapsuleId(fixture.nextId()), title: "", owner: fixture.ada, createdAt: fixture.time(0))
            let draft = fixture.draft(nowhere)
            try await requireRefusal(.notFound(.capsule), "an unknown capsule") {
                try await fixture.catalogue.begin(draft, checkAccess: admitAll)
            }
            let found = try await fixture.catalogue.upload(draft.record.id)
            try require(found == nil, "the refused upload was recorded")
        },
        Check("begin passes its capsule to checkAccess, and a refusal records nothing") { fixture in
            let capsule = try await fixture.newCapsule()
            let asked = Mutex<[Capsule]>([])
            let draft = fixture.draft(capsule, key: IdempotencyKey("key"))
            try await requireRefusal(.forbidden(needs: .writer), "a refusal by checkAccess") {
                try await fixture.catalogue.begin(draft) { capsule throws(UploadError) in
                    asked.withLock { $0.append(capsule) }
                    throw UploadError(.forbidden(needs: .writer))
                }
            }
            try requireEqual(Set(asked.withLock { $0 }), [capsule], "the capsule passed to checkAccess")
            let found = try await fixture.catalogue.upload(draft.record.id)
            try require(found == nil, "the refused upload was recorded")
            try requireEqual(
                try await fixture.catalogue.countActive(capsule: capsule.id, caller: fixture.ada), 0, "active uploads")
            _ = try await fixture.begin(draft)
        },
        Check("begin checks access before it looks up a key") { fixture in
            let capsule = try await fixture.newCapsule()
            _ = try await fixture.begin(fixture.draft(capsule, key: IdempotencyKey("key")))
            for request in ["request", "another"] {
                try await requireRefusal(.notFound(.capsule), "a replay refused by checkAccess") {
                    let draft = fixture.draft(capsule, key: IdempotencyKey("key"), request: request)
                    return try await fixture.catalogue.begin(draft, checkAccess: refuseAll)
                }
            }
        },
    ]
}

/// Refuses every access.
let refuseAll: @Sendable (Capsule) throws(UploadError) -> Void = { _ throws(UploadError) in
    throw UploadError(.notFound(.capsule))
}
