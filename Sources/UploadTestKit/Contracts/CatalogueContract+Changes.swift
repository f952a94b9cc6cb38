import SessionCore
import UploadCore

extension CatalogueContract {
    static let amending: [Check] = [
        Check("amend changes the given values and keeps the others") { fixture in
            let record = try await fixture.begin(
                fixture.draft(try await fixture.newCapsule(), layout: .append, length: nil))
            let asset = AssetMetadata(name: "new.bin", contentType: "a/b", opaque: "")
            try await fixture.catalogue.amend(record.id, asset: asset, length: nil, seen: fixture.time(3))
            var found = try await fixture.found(record.id)
            try requireEqual(found.meta.asset, asset, "asset")
            try requireEqual(found.session.spec.expectedBytes, nil, "length")
            try requireEqual(found.session.meta.lastSeen, fixture.time(3), "last seen")
            try await fixture.catalogue.amend(record.id, asset: nil, length: 40, seen: fixture.time(4))
            found = try await fixture.found(record.id)
            try requireEqual(found.meta.asset, asset, "asset")
            try requireEqual(found.session.spec.expectedBytes, 40, "length")
        },
        Check("amend accepts the same length again; another one is refused and changes nothing") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            try await fixture.catalogue.amend(record.id, asset: nil, length: 25, seen: fixture.time(3))
            let before = try await fixture.found(record.id)
            try await requireRefusal(code: .sizeMismatch, "another length") {
                let asset = AssetMetadata(name: "another")
                try await fixture.catalogue.amend(record.id, asset: asset, length: 26, seen: fixture.time(9))
            }
            try requireSame(try await fixture.found(record.id), before, "the upload")
        },
        Check("amending unknown, ended and committed uploads is refused") { fixture in
            let capsule = try await fixture.newCapsule()
            func amend(_ id: SessionId) async throws {
                try await fixture.catalogue.amend(
                    id, asset: AssetMetadata(name: "x"), length: nil, seen: fixture.time(9))
            }
            try await requireRefusal(.notFound(.upload), "an unknown upload") { try await amend(fixture.nextId()) }
            let ended = try await fixture.begin(fixture.draft(capsule))
            _ = try await fixture.abort(ended.id)
            try await requireRefusal(.gone(.aborted(at: fixture.time(10))), "an aborted upload") {
                try await amend(ended.id)
            }
            let committed = try await fixture.committed(fixture.draft(capsule))
            try await requireRefusal(.committed, "a committed upload") { try await amend(committed.id) }
            try requireSame(try await fixture.found(committed.id), committed, "the committed upload")
        },
    ]

    static let lastUse: [Check] = [
        Check("touch updates pending uploads and committed parts, and ignores all others") { fixture in
            let capsule = try await fixture.newCapsule()
            let pending = try await fixture.begin(fixture.draft(capsule))
            let part = try await fixture.committedPart(capsule)
            let committed = try await fixture.committed(fixture.draft(capsule))
            let aborted = try await fixture.begin(fixture.draft(capsule))
            _ = try await fixture.abort(aborted.id)
            let ids = [pending.id, part.id, committed.id, aborted.id]
            let touched = (ids + [fixture.nextId()]).map { ($0, fixture.time(70)) }
            try await fixture.catalogue.touch(Dictionary(uniqueKeysWithValues: touched))
            try await fixture.catalogue.touch([:])
            var moved: [Bool] = []
            for id in ids { moved.append(try await fixture.found(id).session.meta.lastSeen == fixture.time(70)) }
            try requireEqual(moved, [true, true, false, false], "the updated uploads")
        },
        Check("lastSeen lists uploads last seen before a time, the oldest first") { fixture in
            let capsule = try await fixture.newCapsule()
            var bySeen: [Int64: SessionId] = [:]
            for seen in [30, 10, 50, 20, 40] as [Int64] {
                bySeen[seen] = try await fixture.begin(fixture.draft(capsule, seen: seen)).id
            }
            func list(_ before: Int64, _ limit: Int) async throws -> [SessionId] {
                try await fixture.catalogue.lastSeen(before: fixture.time(before), limit: limit)
            }
            let order = [10, 20, 30, 40, 50].compactMap { bySeen[$0] }
            try requireEqual(try await list(40, 100), Array(order.prefix(3)), "seen before the time, not at it")
            try requireEqual(try await list(41, 100), Array(order.prefix(4)), "seen before the time")
            try requireEqual(try await list(1000, 2), Array(order.prefix(2)), "the first two")
            try requireEqual(try await list(10, 100), [], "before all of them")
            try await fixture.catalogue.touch([order[0]: fixture.time(60)])
            try requireEqual(try await list(1000, 100), Array(order.dropFirst()) + [order[0]], "after a touch")
        },
        Check("pendingLastSeen lists the pending uploads of one caller, without parts in use") { fixture in
            let capsule = try await fixture.newCapsule()
            func begin(_ seen: Int64, _ caller: Principal, isPartial: Bool = false) async throws -> SessionId {
                let draft = fixture.draft(capsule, caller: caller, isPartial: isPartial, seen: seen)
                let record = try await fixture.begin(draft)
                return record.id
            }
            let late = try await begin(5, fixture.ada)
            let early = try await begin(2, fixture.ada)
            let part = try await begin(3, fixture.ada, isPartial: true)
            _ = try await begin(1, fixture.ben)
            _ = try await fixture.committedPart(capsule)
            func list(_ before: Int64, _ limit: Int) async throws -> [SessionId] {
                try await fixture.catalogue.pendingLastSeen(
                    before: fixture.time(before), of: fixture.ada, limit: limit)
            }
            try requireEqual(try await list(9, 9), [early, part, late], "the uploads of the caller")
            try requireEqual(try await list(5, 9), [early, part], "seen before the time, not at it")
            try requireEqual(try await list(9, 1), [early], "the first of them")
            let whole = try await fixture.begin(fixture.concatenation(of: [part], in: capsule))
            try requireEqual(try await list(4, 9), [whole.id, early], "the uploads, without the part in use")
        },
        Check("lastSeen lists committed parts, but no blobs and no ended uploads") { fixture in
            let capsule = try await fixture.newCapsule()
            _ = try await fixture.committed(fixture.draft(capsule))
            _ = try await fixture.begin(fixture.draft(capsule, storage: .catalogue, content: "hello"))
            _ = try await fixture.abort(try await fixture.begin(fixture.draft(capsule)).id)
            let part = try await fixture.committedPart(capsule)
            let listed = try await fixture.catalogue.lastSeen(before: fixture.time(1000), limit: 100)
            try requireEqual(listed, [part.id], "the uploads that may expire")
        },
        Check("parts of a pending concatenation do not expire") { fixture in
            let capsule = try await fixture.newCapsule()
            let parts = [
                try await fixture.committedPart(capsule).id,
                try await fixture.begin(fixture.draft(capsule, isPartial: true)).id,
            ]
            let other = try await fixture.committedPart(capsule)
            let final = try await fixture.begin(fixture.concatenation(of: parts, in: capsule))
            func listed() async throws -> Set<SessionId> {
                Set(try await fixture.catalogue.lastSeen(before: fixture.time(1000), limit: 100))
            }
            try requireEqual(try await listed(), [other.id, final.id], "while the concatenation is pending")
            _ = try await fixture.abort(final.id)
            try requireEqual(try await listed(), Set(parts + [other.id]), "after it was aborted")
        },
    ]
}
