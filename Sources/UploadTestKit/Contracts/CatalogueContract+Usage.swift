import SessionCore
import UploadCore
import UploadMemories

extension CatalogueContract {
    static let usage: [Check] = [
        Check("an upload counts with its length from its beginning until its bytes are freed") { fixture in
            let capsule = try await fixture.newCapsule()
            func used(stored: UInt64, reserved: UInt64, pending: UInt64, _ when: String) async throws {
                try requireEqual(
                    try await fixture.usage(of: fixture.ada),
                    Usage(storedBytes: stored, reservedBytes: reserved, capsules: 1), "of the owner, \(when)")
                let caller = Usage(pendingUploads: pending, pendingBytes: pending * 25)
                try requireEqual(try await fixture.usage(of: fixture.ben), caller, "of the caller, \(when)")
            }
            try await used(stored: 0, reserved: 0, pending: 0, "at first")
            let first = try await fixture.begin(fixture.draft(capsule, caller: fixture.ben))
            let second = try await fixture.begin(fixture.draft(capsule, caller: fixture.ben))
            try await used(stored: 0, reserved: 50, pending: 2, "begun")
            try await fixture.catalogue.record(DurablePiece(.chunk(index: 1)), of: first.id, seen: fixture.time(1))
            try await used(stored: 0, reserved: 50, pending: 2, "with a piece")
            for _ in 0..<2 { try await fixture.commit(first.id) }
            try await used(stored: 25, reserved: 25, pending: 1, "committed")
            for _ in 0..<2 { _ = try await fixture.abort(second.id) }
            try await used(stored: 25, reserved: 0, pending: 0, "aborted")
            _ = try await fixture.begin(
                fixture.draft(capsule, caller: fixture.ben, storage: .catalogue, content: "bytes"))
            try await used(stored: 30, reserved: 0, pending: 0, "with content")
            _ = try await fixture.catalogue.deleteBlob(
                BlobId(first.id), at: fixture.time(20), checkAccess: admitAll)
            try await used(stored: 5, reserved: 0, pending: 0, "deleted")
            _ = try await fixture.catalogue.removeEnded(before: fixture.time(99), limit: 9)
            try await used(stored: 5, reserved: 0, pending: 0, "removed")
        },
        Check("an upload of unknown length counts with its durable bytes, and with its length once that is known") {
            fixture in
            let capsule = try await fixture.newCapsule()
            func reserved(_ bytes: UInt64, _ when: String) async throws {
                let usage = try await fixture.usage(of: fixture.ada)
                try requireEqual(usage.reservedBytes, bytes, "reserved, \(when)")
                try requireEqual(usage.pendingBytes, bytes, "pending, \(when)")
            }
            let chunks = try await fixture.begin(fixture.draft(capsule, length: nil))
            for index: UInt64 in [4, 0, 4] {
                try await fixture.catalogue.record(
                    DurablePiece(.chunk(index: index)), of: chunks.id, seen: fixture.time(1))
            }
            try await reserved(20, "two chunks")
            try await fixture.catalogue.forgetPieces(of: chunks.id, in: [3..<8])
            try await reserved(10, "a forgotten chunk")
            try await fixture.catalogue.record(
                DurablePiece(.chunk(index: 5), length: 53), of: chunks.id, seen: fixture.time(1))
            try await reserved(53, "a last chunk")
            let append = try await fixture.begin(fixture.draft(capsule, layout: .append, length: nil))
            for end: UInt64 in [7, 12, 9] {
                try await fixture.catalogue.record(
                    DurablePiece(.append(through: end)), of: append.id, seen: fixture.time(1))
            }
            try await reserved(65, "appended")
            try await fixture.catalogue.amend(append.id, asset: nil, length: 40, seen: fixture.time(2))
            try await reserved(93, "a declared length")
            try await fixture.commit(append.id, length: 40)
            try await reserved(53, "committed")
            let unsized = try await fixture.begin(fixture.draft(capsule, length: nil))
            try await fixture.catalogue.record(DurablePiece(.chunk(index: 0)), of: unsized.id, seen: fixture.time(1))
            _ = try await fixture.abort(unsized.id)
            try await reserved(53, "aborted")
        },
        Check("a concatenation counts with nothing, and an ended part as long as a concatenation refers to it") {
            fixture in
            let capsule = try await fixture.newCapsule()
            let part = try await fixture.committedPart(capsule)
            let whole = try await fixture.begin(fixture.concatenation(of: [part.id, part.id], in: capsule))
            try await fixture.commit(whole.id, length: 50)
            func stored() async throws -> UInt64 {
                let usage = try await fixture.usage(of: fixture.ada)
                return usage.storedBytes
            }
            try requireEqual(try await stored(), 25, "with both")
            _ = try await fixture.abort(part.id)
            try requireEqual(try await stored(), 25, "with the part ended")
            _ = try await fixture.catalogue.deleteBlob(BlobId(whole.id), at: fixture.time(20), checkAccess: admitAll)
            try requireEqual(try await stored(), 0, "with neither")
        },
        Check("inline assets count as stored bytes of the capsule's owner") { fixture in
            let capsule = try await fixture.newCapsule()
            let asset = fixture.inline("twelve bytes")
            let memory = try await fixture.catalogue.createMemory(
                fixture.memory(capsule, creator: fixture.ben, assets: [asset]), checkAccess: admitAll)
            try requireEqual(try await fixture.usage(of: fixture.ada).storedBytes, 12, "with it")
            _ = try await fixture.catalogue.deleteMemory(
                memory.id, withBlobs: false, at: fixture.time(5), checkAccess: admitAll)
            try requireEqual(try await fixture.usage(of: fixture.ada).storedBytes, 0, "without it")
        },
        Check("usage is listed in the order of names, page by page, and summed") { fixture in
            let capsule = try await fixture.newCapsule(owner: Principal("zoe"))
            _ = try await fixture.newCapsule(owner: Principal("Émile"))
            let record = try await fixture.begin(fixture.draft(capsule, caller: fixture.ben))
            try await fixture.catalogue.setRole(.writer, of: fixture.ben, in: capsule.id, checkAccess: admitAll)
            let all = try await fixture.catalogue.usages(after: nil, limit: 9)
            try requireEqual(all.map(\.principal.name), ["ben", "zoe", "Émile"], "names")
            try requireEqual(
                all.map(\.usage),
                [
                    Usage(pendingUploads: 1, pendingBytes: 25), Usage(reservedBytes: 25, capsules: 1, members: 1),
                    Usage(capsules: 1),
                ], "usage")
            try requireEqual(
                try await fixture.catalogue.usages(after: Principal("ben"), limit: 1), [all[1]], "the second page")
            let total = Usage(reservedBytes: 25, capsules: 2, members: 1, pendingUploads: 1, pendingBytes: 25)
            try requireEqual(try await fixture.catalogue.totalUsage(), total, "the sums")
            _ = try await fixture.abort(record.id)
            try await fixture.catalogue.setRole(nil, of: fixture.ben, in: capsule.id, checkAccess: admitAll)
            try requireEqual(
                try await fixture.catalogue.usages(after: nil, limit: 9).map(\.usage),
                [Usage(capsules: 1), Usage(capsules: 1)], "usage afterwards")
        },
    ]
}
