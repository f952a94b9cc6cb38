import SessionCore
import UploadCore

extension CatalogueContract {
    static let keys: [Check] = [
        Check("the same key with the same request finds the first upload as it is now") { bench in
            let capsule = try await bench.newCapsule()
            let first = try await bench.begin(bench.draft(capsule, key: IdempotencyKey("key")))
            try await bench.catalogue.record(DurablePiece(.chunk(index: 1)), of: first.id, seen: bench.time(5))
            let again = bench.draft(capsule, key: IdempotencyKey("key"), seen: 9)
            let record = try await bench.replayed(again)
            try requireSame(record, try await bench.found(first.id), "the replayed record")
            try requireEqual(record.id, first.id, "id")
            let second = try await bench.catalogue.upload(again.record.id)
            try require(second == nil, "the repetition was recorded too")
        },
        Check("the same key with another request is a conflict and changes nothing") { bench in
            let capsule = try await bench.newCapsule()
            let first = try await bench.begin(bench.draft(capsule, key: IdempotencyKey("key")))
            let other = bench.draft(capsule, key: IdempotencyKey("key"), request: "another")
            try await requireRefusal(.idempotencyConflict, "another request") {
                try await bench.catalogue.begin(other, admit: admitAll)
            }
            try requireSame(try await bench.found(first.id), first, "the first upload")
            let second = try await bench.catalogue.upload(other.record.id)
            try require(second == nil, "the refused upload was recorded")
        },
        Check("a key is answered after the commit as before it") { bench in
            let capsule = try await bench.newCapsule()
            let committed = try await bench.committed(bench.draft(capsule, key: IdempotencyKey("key")))
            let record = try await bench.replayed(bench.draft(capsule, key: IdempotencyKey("key")))
            try requireSame(record, committed, "the replayed record")
            try await requireRefusal(.idempotencyConflict, "another request") {
                let other = bench.draft(capsule, key: IdempotencyKey("key"), request: "another")
                return try await bench.catalogue.begin(other, admit: admitAll)
            }
        },
        Check("an aborted or expired upload gives its key free") { bench in
            let capsule = try await bench.newCapsule()
            for ending in [SessionStatus.aborted(at: bench.time(10)), .expired(at: bench.time(10))] {
                let key = IdempotencyKey("\(ending)")
                let first = try await bench.begin(bench.draft(capsule, key: key))
                _ = try await bench.catalogue.end(first.id, as: ending, unlessSeenSince: nil)
                let second = try await bench.begin(bench.draft(capsule, key: key, request: "another"))
                _ = try await bench.catalogue.end(first.id, as: ending, unlessSeenSince: nil)
                let third = try await bench.replayed(bench.draft(capsule, key: key, request: "another"))
                try requireEqual(third.id, second.id, "the upload that has the key now")
            }
        },
        Check("a deleted blob gives its key free") { bench in
            let capsule = try await bench.newCapsule()
            let first = try await bench.committed(bench.draft(capsule, key: IdempotencyKey("key")))
            _ = try await bench.catalogue.deleteBlob(BlobId(first.id), at: bench.time(20), admit: admitAll)
            _ = try await bench.begin(bench.draft(capsule, key: IdempotencyKey("key"), request: "another"))
        },
        Check("the keys of other callers and in other capsules are other keys") { bench in
            let here = try await bench.newCapsule()
            let there = try await bench.newCapsule()
            let key = IdempotencyKey("key")
            let records = [
                try await bench.begin(bench.draft(here, caller: bench.ada, key: key, request: "1")),
                try await bench.begin(bench.draft(here, caller: bench.ben, key: key, request: "2")),
                try await bench.begin(bench.draft(there, caller: bench.ada, key: key, request: "3")),
            ]
            for record in records {
                let found = try await bench.catalogue.findPending(
                    capsule: record.meta.capsule, caller: record.meta.caller, key: key)
                try requireEqual(found?.id, record.id, "the upload that the key began")
            }
        },
        Check("keys are compared byte by byte") { bench in
            let capsule = try await bench.newCapsule()
            let keys: [[UInt8]] = [[], [0], [0, 0], [65], [65, 0], [97], [255], [0xC3, 0xA9], [0x65, 0xCC, 0x81]]
            var begun: [[UInt8]: SessionId] = [:]
            for key in keys {
                begun[key] = try await bench.begin(bench.draft(capsule, key: IdempotencyKey(bytes: key))).id
            }
            for key in keys {
                let record = try await bench.replayed(bench.draft(capsule, key: IdempotencyKey(bytes: key)))
                try requireEqual(record.id, begun[key], "the upload of the key \(key)")
                try requireEqual(record.meta.idempotencyKey?.bytes, key, "the key as it was recorded")
            }
        },
        Check("uploads without a key are never taken for repetitions") { bench in
            let capsule = try await bench.newCapsule()
            _ = try await bench.begin(bench.draft(capsule))
            _ = try await bench.begin(bench.draft(capsule))
        },
        Check("findPending finds what a key began while it is pending, and no longer") { bench in
            let capsule = try await bench.newCapsule()
            let key = IdempotencyKey("key")
            func find(_ caller: Principal) async throws -> SessionId? {
                let found = try await bench.catalogue.findPending(capsule: capsule.id, caller: caller, key: key)
                return found?.id
            }
            try requireEqual(try await find(bench.ada), nil, "before it begins")
            let record = try await bench.begin(bench.draft(capsule, key: key))
            try requireEqual(try await find(bench.ada), record.id, "while it is pending")
            try requireEqual(try await find(bench.ben), nil, "for another caller")
            try await bench.commit(record.id)
            try requireEqual(try await find(bench.ada), nil, "after the commit")
        },
    ]
}

extension CatalogueBench {
    /// Begins again what must be taken for a repetition.
    func replayed(_ draft: UploadDraft, file: StaticString = #fileID, line: UInt = #line) async throws -> UploadRecord {
        guard case .replayed(let record) = try await catalogue.begin(draft, admit: admitAll) else {
            throw ContractViolation("a repetition was taken for a new upload", file: file, line: line)
        }
        return record
    }
}
