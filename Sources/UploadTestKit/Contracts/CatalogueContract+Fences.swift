import SessionCore
import UploadCore

extension CatalogueContract {
    static let fences: [Check] = [
        Check("changes of a pending upload under another fence are refused and change nothing") { fixture in
            let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
            try requireEqual(record.fence, .initial, "the fence of a new upload")
            try await fixture.requireFencedOff(record, Fence(epoch: 7))
        },
        Check("a claim reads the upload; nobody's id is nil") { fixture in
            let capsule = try await fixture.newCapsule()
            let record = try await fixture.begin(fixture.draft(capsule))
            try await fixture.catalogue.record(DurablePiece(.chunk(index: 1)), of: record.id, seen: fixture.time(5))
            let claimed = try requireValue(try await fixture.catalogue.claim(record.id), "the upload")
            try requireSame(claimed, try await fixture.found(record.id), "the claimed upload")
            try require(claimed.session.pieces.contains(1), "the claim misses a chunk recorded before it")
            let unknown = try await fixture.catalogue.claim(fixture.nextId())
            try require(unknown == nil, "an unknown upload is claimed")
        },
    ]

    /// The laws of a catalogue shared by several engines, in addition to those of its ports.
    public static let sharing: [Check] =
        [
            Check("a claim fences off every earlier holder, and admits its own") { fixture in
                let record = try await fixture.begin(fixture.draft(try await fixture.newCapsule()))
                let first = try requireValue(try await fixture.catalogue.claim(record.id), "the first claim")
                let second = try requireValue(try await fixture.catalogue.claim(record.id), "the second claim")
                try requireEqual(Set([record.fence, first.fence, second.fence]).count, 3, "fences")
                for fence in [record.fence, first.fence] { try await fixture.requireFencedOff(record, fence) }
                try await fixture.catalogue.record(
                    DurablePiece(.chunk(index: 0)), of: record.id, fence: second.fence, seen: fixture.time(4))
                try await fixture.catalogue.amend(
                    record.id, asset: AssetMetadata(name: "by the holder"), length: nil, fence: second.fence,
                    seen: fixture.time(5))
                let found = try await fixture.found(record.id)
                try requireEqual(found.fence, second.fence, "the current fence")
                try require(found.session.pieces.contains(0), "the holder's chunk is missing")
                try requireEqual(found.meta.asset.name, "by the holder", "name")
            },
            Check("a take-over keeps what was recorded, and nothing is recorded behind it") { fixture in
                let record = try await fixture.begin(
                    fixture.draft(try await fixture.newCapsule(), layout: .append, length: nil))
                try await fixture.catalogue.record(
                    DurablePiece(.append(through: 9)), of: record.id, fence: record.fence, seen: fixture.time(1))
                let claimed = try requireValue(try await fixture.catalogue.claim(record.id), "the claim")
                try requireEqual(claimed.session.offset, 9, "the offset told to the successor")
                try await requireRefusal(.superseded, "the late record of the earlier holder") {
                    try await fixture.catalogue.record(
                        DurablePiece(.append(through: 20)), of: record.id, fence: record.fence, seen: fixture.time(2))
                }
                try requireEqual(try await fixture.found(record.id).session.offset, 9, "the offset")
            },
            Check(
                "committed and ended uploads are not fenced: repeated commits and ends are idempotent for every holder"
            ) {
                fixture in
                let capsule = try await fixture.newCapsule()
                let committed = try await fixture.committed(fixture.draft(capsule))
                let claimed = try requireValue(try await fixture.catalogue.claim(committed.id), "the claim")
                try requireEqual(claimed.fence, committed.fence, "the fence of a committed upload")
                try requireSame(try await fixture.commit(committed.id), committed, "the repeated commit")
                let aborted = try await fixture.begin(fixture.draft(capsule))
                _ = try await fixture.abort(aborted.id)
                _ = try await fixture.catalogue.claim(aborted.id)
                try requireEqual(try await fixture.abort(aborted.id), [], "the freed files of the repeated end")
            },
        ] + segments + segmentCheck
}

extension CatalogueFixture {
    /// Requires that every change of a pending upload under this fence is refused and leaves no trace.
    func requireFencedOff(_ record: UploadRecord, _ fence: Fence) async throws {
        let before = try await found(record.id)
        try await requireRefusal(.superseded, "a record") {
            try await catalogue.record(DurablePiece(.chunk(index: 2)), of: record.id, fence: fence, seen: time(90))
        }
        try await requireRefusal(.superseded, "an amendment") {
            try await catalogue.amend(
                record.id, asset: AssetMetadata(name: "late"), length: nil, fence: fence, seen: time(90))
        }
        try await requireRefusal(.superseded, "a commit") {
            try await catalogue.commit(
                record.id, length: 25, digest: digest("bytes"), fence: fence, at: time(90), checkAccess: admitAll)
        }
        try await requireRefusal(.superseded, "an end") {
            try await catalogue.end(record.id, as: .aborted(at: time(90)), fence: fence, unlessSeenSince: nil)
        }
        try requireSame(try await found(record.id), before, "the upload")
    }
}
