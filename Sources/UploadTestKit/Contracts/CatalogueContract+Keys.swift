import SessionCore
import UploadCore

extension CatalogueContract {
    static let keys: [Check] = [
        Check("the same key with the same request finds the first upload in its current state") { fixture in
            let capsule = try await fixture.newCapsule()
            let first = try await fixture.begin(fixture.draft(capsule, key: IdempotencyKey("key")))
            try await fixture.catalogue.record(DurablePiece(.chunk(index: 1)), of: first.id, seen: fixture.time(5))
            let again = fixture.draft(capsule, key: IdempotencyKey("key"), seen: 9)
            let record = try await fixture.replayed(again)
            try requireSame(record, try await fixture.found(first.id), "the replayed record")
            try requireEqual(record.id, first.id, "id")
            let second = try await fixture.catalogue.upload(again.record.id)
            try require(second == nil, "the replay was recorded too")
        },
        Check("the same key with another request is a conflict and changes nothing") { fixture in
            let capsule = try await fixture.newCapsule()
            let first = try await fixture.begin(fixture.draft(capsule, key: IdempotencyKey("key")))
            let other = fixture.draft(capsule, key: IdempotencyKey("key"), request: "another")
            try await requireRefusal(.idempotencyConflict, "another request") {
                try await fixture.catalogue.begin(other, checkAccess: admitAll)
            }
            try requireSame(try await fixture.found(first.id), first, "the first upload")
            let second = try await fixture.catalogue.upload(other.record.id)
            try require(second == nil, "the refused upload was recorded")
        },
        Check("a key replays its upload after the commit, too") { fixture in
            let capsule = try await fixture.newCapsule()
            let committed = try await fixture.committed(fixture.draft(capsule, key: IdempotencyKey("key")))
            let record = try await fixture.replayed(fixture.draft(capsule, key: IdempotencyKey("key")))
            try requireSame(record, committed, "the replayed record")
            try await requireRefusal(.idempotencyConflict, "another request") {
                let other = fixture.draft(capsule, key: IdempotencyKey("key"), request: "another")
                return try await fixture.catalogue.begin(other, checkAccess: admitAll)
            }
        },
        Check("an aborted or expired upload releases its key") { fixture in
            let capsule = try await fixture.newCapsule()
            for ending in [SessionStatus.aborted(at: fixture.time(10)), .expired(at: fixture.time(10))] {
                let key = IdempotencyKey("\(ending)")
                let first = try await fixture.begin(fixture.draft(capsule, key: key))
                _ = try await fixture.catalogue.end(first.id, as: ending, unlessSeenSince: nil)
                let second = try await fixture.begin(fixture.draft(capsule, key: key, request: "another"))
                _ = try await fixture.catalogue.end(first.id, as: ending, unlessSeenSince: nil)
                let third = try await fixture.replayed(fixture.draft(capsule, key: key, request: "another"))
                try requireEqual(third.id, second.id, "the present upload of the key")
            }
        },
        Check("a deleted blob releases its key") { fixture in
            let capsule = try await fixture.newCapsule()
            let first = try await fixture.committed(fixture.draft(capsule, key: IdempotencyKey("key")))
            _ = try await fixture.catalogue.deleteBlob(BlobId(first.id), at: fixture.time(20), checkAccess: admitAll)
            _ = try await fixture.begin(fixture.draft(capsule, key: IdempotencyKey("key"), request: "another"))
        },
        Check("keys are scoped to their caller and capsule") { fixture in
            let here = try await fixture.newCapsule()
            let there = try await fixture.newCapsule()
            let key = IdempotencyKey("key")
            let records = [
                try await fixture.begin(fixture.draft(here, caller: fixture.ada, key: key, request: "1")),
                try await fixture.begin(fixture.draft(here, caller: fixture.ben, key: key, request: "2")),
                try await fixture.begin(fixture.draft(there, caller: fixture.ada, key: key, request: "3")),
            ]
            for record in records {
                let found = try await fixture.catalogue.findPending(
                    capsule: record.meta.capsule, caller: record.meta.caller, key: key)
                try requireEqual(found?.id, record.id, "the upload of the key")
            }
        },
        Check("keys are compared byte by byte") { fixture in
            let capsule = try await fixture.newCapsule()
            let keys: [[UInt8]] = [[], [0], [0, 0], [65], [65, 0], [97], [255], [0xC3, 0xA9], [0x65, 0xCC, 0x81]]
            var begun: [[UInt8]: SessionId] = [:]
            for key in keys {
                begun[key] = try await fixture.begin(fixture.draft(capsule, key: IdempotencyKey(bytes: key))).id
            }
            for key in keys {
                let record = try await fixture.replayed(fixture.draft(capsule, key: IdempotencyKey(bytes: key)))
                try requireEqual(record.id, begun[key], "the upload of the key \(key)")
                try requireEqual(record.meta.idempotencyKey?.bytes, key, "the recorded key")
            }
        },
        Check("uploads without a key are never replayed") { fixture in
            let capsule = try await fixture.newCapsule()
            _ = try await fixture.begin(fixture.draft(capsule))
            _ = try await fixture.begin(fixture.draft(capsule))
        },
        Check("findPending finds the upload of a key only while it is pending") { fixture in
            let capsule = try await fixture.newCapsule()
            let key = IdempotencyKey("key")
            func find(_ caller: Principal) async throws -> SessionId? {
                let found = try await fixture.catalogue.findPending(capsule: capsule.id, caller: caller, key: key)
                return found?.id
            }
            try requireEqual(try await find(fixture.ada), nil, "before it begins")
            let record = try await fixture.begin(fixture.draft(capsule, key: key))
            try requireEqual(try await find(fixture.ada), record.id, "while it is pending")
            try requireEqual(try await find(fixture.ben), nil, "for another caller")
            try await fixture.commit(record.id)
            try requireEqual(try await find(fixture.ada), nil, "after the commit")
        },
    ]
}

extension CatalogueFixture {
    /// Begins an upload again, which must be a replay.
    func replayed(_ draft: UploadDraft, file: StaticString = #fileID, line: UInt = #line) async throws -> UploadRecord {
        guard case .replayed(let record) = try await catalogue.begin(draft, checkAccess: admitAll) else {
            throw ContractViolation("a replay began a new upload", file: file, line: line)
        }
        return record
    }
}
