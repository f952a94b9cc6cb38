import SessionCore
import UploadCore

extension CatalogueContract {
    static let amending: [Check] = [
        Check("amend changes what is given and leaves the rest") { bench in
            let record = try await bench.begin(bench.draft(try await bench.newCapsule(), layout: .append, length: nil))
            let asset = AssetMetadata(name: "new.bin", contentType: "a/b", opaque: "")
            try await bench.catalogue.amend(record.id, asset: asset, length: nil, seen: bench.time(3))
            var found = try await bench.found(record.id)
            try requireEqual(found.meta.asset, asset, "asset")
            try requireEqual(found.session.spec.expectedBytes, nil, "length")
            try requireEqual(found.session.meta.lastSeen, bench.time(3), "last seen")
            try await bench.catalogue.amend(record.id, asset: nil, length: 40, seen: bench.time(4))
            found = try await bench.found(record.id)
            try requireEqual(found.meta.asset, asset, "asset")
            try requireEqual(found.session.spec.expectedBytes, 40, "length")
        },
        Check("the same length again is fine, another is refused and nothing else is changed") { bench in
            let record = try await bench.begin(bench.draft(try await bench.newCapsule()))
            try await bench.catalogue.amend(record.id, asset: nil, length: 25, seen: bench.time(3))
            let before = try await bench.found(record.id)
            try await requireRefusal(code: .sizeMismatch, "another length") {
                let asset = AssetMetadata(name: "another")
                try await bench.catalogue.amend(record.id, asset: asset, length: 26, seen: bench.time(9))
            }
            try requireSame(try await bench.found(record.id), before, "the upload")
        },
        Check("nothing is amended that does not exist, ended or is committed") { bench in
            let capsule = try await bench.newCapsule()
            func amend(_ id: SessionId) async throws {
                try await bench.catalogue.amend(id, asset: AssetMetadata(name: "x"), length: nil, seen: bench.time(9))
            }
            try await requireRefusal(.notFound(.upload), "an unknown upload") { try await amend(bench.nextId()) }
            let ended = try await bench.begin(bench.draft(capsule))
            _ = try await bench.abort(ended.id)
            try await requireRefusal(.gone(.aborted(at: bench.time(10))), "an aborted one") {
                try await amend(ended.id)
            }
            let committed = try await bench.committed(bench.draft(capsule))
            try await requireRefusal(.committed, "a committed one") { try await amend(committed.id) }
            try requireSame(try await bench.found(committed.id), committed, "the committed upload")
        },
    ]

    static let lastUse: [Check] = [
        Check("touch moves pending uploads and committed parts and passes over all others") { bench in
            let capsule = try await bench.newCapsule()
            let pending = try await bench.begin(bench.draft(capsule))
            let part = try await bench.committedPart(capsule)
            let committed = try await bench.committed(bench.draft(capsule))
            let aborted = try await bench.begin(bench.draft(capsule))
            _ = try await bench.abort(aborted.id)
            let ids = [pending.id, part.id, committed.id, aborted.id]
            let touched = (ids + [bench.nextId()]).map { ($0, bench.time(70)) }
            try await bench.catalogue.touch(Dictionary(uniqueKeysWithValues: touched))
            try await bench.catalogue.touch([:])
            var moved: [Bool] = []
            for id in ids { moved.append(try await bench.found(id).session.meta.lastSeen == bench.time(70)) }
            try requireEqual(moved, [true, true, false, false], "whether touch moved it")
        },
        Check("lastSeen lists what was not seen since, the longest unseen first") { bench in
            let capsule = try await bench.newCapsule()
            var bySeen: [Int64: SessionId] = [:]
            for seen in [30, 10, 50, 20, 40] as [Int64] {
                bySeen[seen] = try await bench.begin(bench.draft(capsule, seen: seen)).id
            }
            func list(_ before: Int64, _ limit: Int) async throws -> [SessionId] {
                try await bench.catalogue.lastSeen(before: bench.time(before), limit: limit)
            }
            let order = [10, 20, 30, 40, 50].compactMap { bySeen[$0] }
            try requireEqual(try await list(40, 100), Array(order.prefix(3)), "seen before the time, not at it")
            try requireEqual(try await list(41, 100), Array(order.prefix(4)), "seen before the time")
            try requireEqual(try await list(1000, 2), Array(order.prefix(2)), "the first two")
            try requireEqual(try await list(10, 100), [], "before all of them")
            try await bench.catalogue.touch([order[0]: bench.time(60)])
            try requireEqual(try await list(1000, 100), Array(order.dropFirst()) + [order[0]], "after a touch")
        },
        Check("lastSeen lists committed parts, but nothing that is committed otherwise or has ended") { bench in
            let capsule = try await bench.newCapsule()
            _ = try await bench.committed(bench.draft(capsule))
            _ = try await bench.begin(bench.draft(capsule, storage: .catalogue, content: "hello"))
            _ = try await bench.abort(try await bench.begin(bench.draft(capsule)).id)
            let part = try await bench.committedPart(capsule)
            let listed = try await bench.catalogue.lastSeen(before: bench.time(1000), limit: 100)
            try requireEqual(listed, [part.id], "the uploads that may expire")
        },
        Check("parts do not expire while a pending concatenation counts on them") { bench in
            let capsule = try await bench.newCapsule()
            let parts = [
                try await bench.committedPart(capsule).id,
                try await bench.begin(bench.draft(capsule, isPartial: true)).id,
            ]
            let other = try await bench.committedPart(capsule)
            let final = try await bench.begin(bench.concatenation(of: parts, in: capsule))
            func listed() async throws -> Set<SessionId> {
                Set(try await bench.catalogue.lastSeen(before: bench.time(1000), limit: 100))
            }
            try requireEqual(try await listed(), [other.id, final.id], "while the concatenation is pending")
            _ = try await bench.abort(final.id)
            try requireEqual(try await listed(), Set(parts + [other.id]), "after it was aborted")
        },
    ]
}
