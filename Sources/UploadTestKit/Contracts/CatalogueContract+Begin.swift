import SessionCore
import Synchronization
import UploadCore

extension CatalogueContract {
    static let beginning: [Check] = [
        Check("an upload is found again exactly as it was begun") { bench in
            let draft = bench.draft(try await bench.newCapsule(), key: IdempotencyKey("key"))
            try requireSame(try await bench.begin(draft), draft.record, "the created record")
            try requireSame(try await bench.found(draft.record.id), draft.record, "the record read back")
        },
        Check("an id that was never used finds nothing") { bench in
            let found = try await bench.catalogue.upload(bench.nextId())
            try require(found == nil, "an upload was found under an id never used")
        },
        Check("an upload of unknown length keeps its length unknown") { bench in
            let capsule = try await bench.newCapsule()
            for layout in [SessionLayout.append, .chunks(size: 10)] {
                let record = try await bench.begin(bench.draft(capsule, layout: layout, length: nil))
                try requireSame(try await bench.found(record.id), record, "\(layout)")
                try requireEqual(record.session.spec.expectedBytes, nil, "length")
            }
        },
        Check("an id is taken for good, also by an upload that has ended") { bench in
            let capsule = try await bench.newCapsule()
            let pending = try await bench.begin(bench.draft(capsule))
            let aborted = try await bench.begin(bench.draft(capsule))
            _ = try await bench.abort(aborted.id)
            let committed = try await bench.committed(bench.draft(capsule))
            for id in [pending.id, aborted.id, committed.id] {
                let before = try await bench.found(id)
                try await requireRefusal(.alreadyExists, "an id used before") {
                    try await bench.catalogue.begin(bench.draft(capsule, id: id, caller: bench.ben), admit: admitAll)
                }
                try requireSame(try await bench.found(id), before, "the upload that has the id")
            }
        },
        Check("no upload begins in a capsule that does not exist") { bench in
            let nowhere = Capsule(id: CapsuleId(bench.nextId()), title: "", owner: bench.ada, createdAt: bench.time(0))
            let draft = bench.draft(nowhere)
            try await requireRefusal(.notFound(.capsule), "an unknown capsule") {
                try await bench.catalogue.begin(draft, admit: admitAll)
            }
            let found = try await bench.catalogue.upload(draft.record.id)
            try require(found == nil, "the refused upload was recorded")
        },
        Check("begin asks the capsule that there is, and passes a refusal on without recording anything") { bench in
            let capsule = try await bench.newCapsule()
            let asked = Mutex<[Capsule]>([])
            let draft = bench.draft(capsule, key: IdempotencyKey("key"))
            try await requireRefusal(.forbidden(needs: .writer), "a refusal of admit") {
                try await bench.catalogue.begin(draft) { capsule throws(UploadError) in
                    asked.withLock { $0.append(capsule) }
                    throw UploadError(.forbidden(needs: .writer))
                }
            }
            try requireEqual(Set(asked.withLock { $0 }), [capsule], "the capsule that admit was asked about")
            let found = try await bench.catalogue.upload(draft.record.id)
            try require(found == nil, "the refused upload was recorded")
            try requireEqual(
                try await bench.catalogue.countActive(capsule: capsule.id, caller: bench.ada), 0, "active uploads")
            _ = try await bench.begin(draft)
        },
        Check("begin asks before it looks a key up") { bench in
            let capsule = try await bench.newCapsule()
            _ = try await bench.begin(bench.draft(capsule, key: IdempotencyKey("key")))
            for request in ["request", "another"] {
                try await requireRefusal(.notFound(.capsule), "a repetition that admit refuses") {
                    let draft = bench.draft(capsule, key: IdempotencyKey("key"), request: request)
                    return try await bench.catalogue.begin(draft, admit: refuseAll)
                }
            }
        },
    ]
}

/// Lets nobody in.
let refuseAll: @Sendable (Capsule) throws(UploadError) -> Void = { _ throws(UploadError) in
    throw UploadError(.notFound(.capsule))
}
