import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

@Suite struct ScrubTests {
    private let machine = Machine()

    /// Damages the files of the uploads whose bytes these are.
    private func damage(_ contents: [UInt8]...) {
        for path in machine.objects where contents.contains(machine.files.contents(of: path) ?? []) {
            machine.files.corrupt(path, at: 1500)
        }
    }

    /// A whole pass, in steps of about a kilobyte.
    private static func scrub(_ store: SimulatedStore) async throws -> [CheckIssue] {
        var scrubber = store.uploads.maintenance.scrubber()
        var issues: [CheckIssue] = []
        while true {
            let step = try await scrubber.step(byteCount: 1000)
            issues += step.issues
            if step.isLast { return issues }
        }
    }

    @Test func `damage is found once wherever the bytes are stored, with a repair for pending uploads`() throws {
        let (blob, pending, kept) = (content(3000), content(3000, from: 9), content(3500, from: 99))
        let ids = try machine.open { store in
            let part = try await store.committed(kept, isPartial: true)
            let capsule = try await store.uploads.defaultCapsule(of: SimulatedStore.anna).id
            let whole = try await store.uploads.concatenate(
                store.request(capsule, .append), parts: [part], by: SimulatedStore.anna)
            try await store.uploads.abort(part, by: SimulatedStore.anna)
            _ = try await store.committed(content(5000))
            return [try await store.committed(blob), try await store.pending(pending), whole.id]
        }
        #expect(try machine.open(.powerLoss, Self.scrub) == [])
        damage(blob, pending, kept)
        let found = try machine.open(.powerLoss, Self.scrub)
        #expect(Set(found.compactMap(\.upload)) == Set(ids) && found.count == 3)
        #expect(found.compactMap(\.repair) == [.forgetPieces(of: ids[1], in: [1000..<2000])])
        #expect(found.allSatisfy { $0.detail.hasPrefix("bytes/") })
    }

    @Test func `a missing file is found`() throws {
        try machine.open { store in _ = try await store.committed(content(3000)) }
        #expect(machine.files.removeBehindBack(try #require(machine.objects.first)))
        #expect(try machine.open(.powerLoss, Self.scrub).map(\.kind) == [.missingObject])
    }

    @Test func `a file that is too short is found with the bytes it has, as by the check`() throws {
        let blob = try machine.open { store in try await store.committed(content(3000)) }
        let file = try #require(machine.objects.first)
        let pending = try machine.open { store in try await store.pending(content(3000, from: 9)) }
        for path in machine.objects { #expect(machine.files.truncateBehindBack(path, to: path == file ? 1000 : 1500)) }
        let found = try machine.open(.powerLoss, Self.scrub)
        #expect(found.map(\.kind) == [.shortObject, .shortObject])
        #expect(Set(found.compactMap(\.upload)) == [blob, pending])
        let checked = try machine.open(.powerLoss) { store in try await store.check().issues }
        #expect(found.map(\.detail) == checked.map(\.detail))
    }

    @Test func `small blobs are compared with their digest`() throws {
        var limits = Machine.limits
        limits.catalogueBytesMax = 4096
        let machine = Machine(self.machine, limits: limits)
        try machine.open { store in _ = try await store.committed(content(3500)) }
        let place = try #require(machine.place(of: content(500)))
        #expect(try machine.open(.powerLoss, Self.scrub) == [])
        machine.files.corrupt("catalogue.db", at: place + 400)
        #expect(try machine.open(.powerLoss, Self.scrub).map(\.kind) == [.digestMismatch])
    }

    @Test func `what is deleted while it is read is no finding`() throws {
        try machine.open { store async throws in
            let id = try await store.committed(content(3000))
            _ = try await store.committed(content(2000))
            var scrubber = store.uploads.maintenance.scrubber()
            #expect(try await scrubber.step(byteCount: 5000).bytesRead < 8000)
            try await store.uploads.deleteBlob(BlobId(id), by: SimulatedStore.anna)
            var step = try await scrubber.step(byteCount: 1000)
            while !step.isLast {
                #expect(step.issues == [])
                step = try await scrubber.step(byteCount: 1000)
            }
        }
    }

    @Test func `a pass continues in the next process after the last recorded upload`() throws {
        let first = try machine.open { store in
            for size in 1...5 { _ = try await store.committed(content(1000 * size)) }
            var scrubber = store.uploads.maintenance.scrubber(savingInterval: 1)
            var bytes: UInt64 = 0
            for _ in 0..<4 { bytes += try await scrubber.step(byteCount: 1000).cost }
            return bytes
        }
        try machine.open { store async throws in
            var scrubber = store.uploads.maintenance.scrubber()
            #expect(try await scrubber.isDue(every: 1_000_000))
            let rest = try await scrubber.step(byteCount: .max)
            #expect(rest.isLast)
            // 4 KiB for each of five rows; some bytes of one upload are read twice.
            #expect(first > 4096 && first + rest.cost < 15_000 + 5 * 4096 + 10_000)
            #expect(rest.cost < 15_000 + 4 * 4096)
            #expect(try await scrubber.isDue(every: 1_000_000) == false)
        }
    }

    @Test func `a pass is due at first, and after the interval`() throws {
        try machine.open { [machine] store async throws in
            var scrubber = store.uploads.maintenance.scrubber()
            #expect(try await scrubber.isDue(every: 5000))
            #expect(try await scrubber.step(byteCount: 1).isLast)
            #expect(try await scrubber.isDue(every: 5000) == false)
            machine.clock.advance(milliseconds: 4999)
            #expect(try await scrubber.isDue(every: 5000) == false)
            machine.clock.advance(milliseconds: 1)
            #expect(try await scrubber.isDue(every: 5000))
        }
    }

    @Test func `a store that lost power at process-crash is scrubbed at once`() throws {
        try machine.open(.processCrash) { [machine] store in
            var scrubber = store.uploads.maintenance.scrubber()
            _ = try await scrubber.step(byteCount: .max)
            machine.files.crashNow()
        }
        machine.files.restart()
        try machine.open { store async throws in
            var scrubber = store.uploads.maintenance.scrubber()
            #expect(try await scrubber.isDue(every: .max / 2))
        }
    }
}
