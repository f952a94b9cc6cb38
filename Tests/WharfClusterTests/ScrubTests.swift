import SessionCore
import Synchronization
import Testing
import UploadCore

@testable import BlobStorageS3

/// The scrub of a cluster, over a real database and a bucket that fails as it is told to.
@Suite struct SharedScrubTests {
    @Test func `a store without damage is read once, and nothing is found`() async throws {
        try await ScrubFixture.with { fixture in
            try await fixture.committed(content(700_000))
            _ = try await fixture.pending(content(400_000, seed: 2))
            // In the database.
            try await fixture.committed(content(500, seed: 3))
            let before = fixture.fake.requests("GET").count
            #expect(try await fixture.scrub(byteCount: 16 << 20) == [])
            // Three segments and two.
            #expect(fixture.fake.requests("GET").count - before == 5)
            #expect(try await fixture.scrub(byteCount: 1) == [])
        }
    }

    @Test func `a segment counts for 128 KiB at least, and a step ends by what it costs`() async throws {
        try await ScrubFixture.with { fixture in
            // Twenty segments in each of three blocks.
            let bytes = content(3 << 20)
            let id = try await fixture.committed(bytes, appends: 60)
            #expect(try await fixture.segments(of: id).count == 60)
            let pace = ScrubPace(intervalMilliseconds: 86_400_000, bytesPerSecond: 128 << 10)
            var scrubber = fixture.nodes[0].maintenance.sharedScrubber(pace)
            #expect(try await scrubber.step(byteCount: 1).isVerifying)
            var waits: [Int64] = []
            for block in 1...3 {
                let before = fixture.fake.requests("GET").count
                try await fixture.sql("UPDATE scrub SET paced_until = now()")
                // The row, and the first requests of the block, which is read to its end.
                let step = try await scrubber.step(byteCount: 256 << 10)
                #expect(step.issues == [] && step.bytesRead == 1 << 20)
                // One that two blocks share is sent for each.
                #expect((20...22).contains(fixture.fake.requests("GET").count - before), "\(block)")
                waits.append(step.waitMilliseconds)
            }
            // A second for each request.
            #expect(waits.allSatisfy { (19_500...22_500).contains($0) }, "\(waits)")
        }
    }

    @Test func `nodes share a scrub: each upload is read by one of them`() async throws {
        try await ScrubFixture.with(nodes: 2, stretch: 2) { fixture in
            for seed in 1...9 { try await fixture.committed(content(2000, seed: UInt64(seed))) }
            let before = fixture.fake.requests("GET").count
            var scrubbers = [fixture.scrubber(0), fixture.scrubber(1)]
            var bytes: [UInt64] = [0, 0]
            var ends = 0
            for turn in 0..<14 {
                let step = try await scrubbers[turn % 2].step(byteCount: .max)
                bytes[turn % 2] += step.bytesRead
                #expect(step.issues == [])
                if step.findingsOfScrub != nil { ends += 1 }
            }
            #expect(ends == 1)
            #expect(fixture.fake.requests("GET").count - before == 9)
            #expect(bytes.allSatisfy { $0 > 0 })
        }
    }

    @Test func `when a node dies another one goes on with the upload that it was reading`() async throws {
        try await ScrubFixture.with(nodes: 2) { fixture in
            try await fixture.committed(content(300_000))
            let damaged = try await fixture.committed(content(2_500_000, seed: 2))
            let lost = try #require(try await fixture.segments(of: damaged).last)
            fixture.fake.change { $0.objects[lost] = nil }
            var (first, second) = (fixture.scrubber(0), fixture.scrubber(1))
            #expect(try await first.step(byteCount: 1).isVerifying)
            // It reads the first upload, and a block of its second one.
            #expect(try await first.step(byteCount: 700_000).issues == [])
            #expect(try await second.step(byteCount: .max).isVerifying == false)
            try await fixture.sql("UPDATE scrub_stretches SET expires_at = now()")
            #expect(try await second.step(byteCount: .max).isVerifying)
            let end = try await second.step(byteCount: .max)
            #expect(end.issues.map(\.upload) == [damaged] && end.findingsOfScrub == 1)
            #expect(end.bytesRead < 2_800_000)
            // It wakes, and finds that nothing is left.
            let late = try await first.step(byteCount: 1)
            #expect(late.findingsOfScrub == nil && !late.isVerifying)
        }
    }

    @Test func `a flipped byte is damage, of blobs, their copies and pending uploads`() async throws {
        try await ScrubFixture.with { fixture in
            let blob = try await fixture.committed(content(700_000))
            let request = BeginRequest(
                capsule: fixture.capsule, asset: AssetMetadata(name: "copy.jpg"), layout: .append)
            let copy = try await fixture.nodes[0].copy(BlobId(blob), request, by: ScrubFixture.anna).record.id
            let pending = try await fixture.pending(content(700_000, seed: 2))
            let names = [
                try await fixture.segments(of: blob)[1], try await fixture.segments(of: pending)[0],
            ]
            for name in names { fixture.fake.change { $0.objects[name]?[1234] ^= 1 } }
            let issues = try await fixture.scrub()
            #expect(Set(issues.map(\.upload)) == [blob, copy, pending])
            let ofBlob = issues.filter { $0.upload == blob }
            #expect(ofBlob.allSatisfy { $0.kind == .digestMismatch && $0.repair == nil })
            #expect(ofBlob.contains { $0.detail.contains(names[0]) && $0.detail.contains("kiss.jpg") })
            let ofPending = issues.filter { $0.upload == pending }
            #expect(ofPending.allSatisfy { $0.kind == .damagedBytes && $0.repair != nil })
            #expect(ofPending.contains { $0.detail.contains(names[1]) })
            // Found again by the next scrub: nothing was changed.
            #expect(try await fixture.scrub() == issues)
            for name in names { fixture.fake.change { $0.objects[name]?[1234] ^= 1 } }
            #expect(try await fixture.scrub() == [])
        }
    }

    @Test func `a segment with several damaged blocks is one issue`() async throws {
        try await ScrubFixture.with { fixture in
            let pending = try await fixture.pending(content(3 << 20))
            let names = try await fixture.segments(of: pending)
            // Blocks have 1 MiB, segments 256 KiB.
            for name in [names[0], names[8]] {
                fixture.fake.change { state in
                    for byte in [0, 100_000, 200_000] { state.objects[name]?[byte] ^= 1 }
                }
            }
            let issues = try await fixture.scrub(byteCount: .max)
            #expect(Set(issues.map(\.detail)).count == issues.count)
            for name in [names[0], names[8]] { #expect(issues.filter { $0.detail.contains(name) }.count == 1) }
        }
    }

    @Test func `damage that cannot be read once more is unreadable, and stops no scrub`() async throws {
        try await ScrubFixture.with { fixture in
            let damaged = try await fixture.committed(content(5000))
            for seed in 2...5 { try await fixture.committed(content(5000, seed: UInt64(seed))) }
            let name = try await fixture.segments(of: damaged)[0]
            fixture.fake.change { $0.objects[name]?[1234] ^= 1 }
            let reads = Mutex(0)
            fixture.fake.behave { request, _ in
                guard request.method == "GET", request.name == name else { return .normal }
                let number = reads.withLock { reads in
                    reads += 1
                    return reads
                }
                return number % 4 == 1 ? .normal : .status(500, code: "InternalError")
            }
            let issues = try await fixture.scrub()
            #expect(issues.map(\.upload) == [damaged] && issues.map(\.kind) == [.unreadable])
        }
    }

    @Test func `a missing or cut segment is damage, also of an ended part that a concatenation needs`() async throws {
        try await ScrubFixture.with { fixture in
            let blob = try await fixture.committed(content(700_000))
            let pending = try await fixture.pending(content(700_000, seed: 2))
            let part = try await fixture.committed(content(300_000, seed: 3), isPartial: true)
            let request = BeginRequest(
                capsule: fixture.capsule, asset: AssetMetadata(name: "whole"), layout: .append)
            let whole = try await fixture.nodes[0].concatenate(request, parts: [part], by: ScrubFixture.anna).id
            _ = try await fixture.nodes[0].commit(whole, by: ScrubFixture.anna)
            try await fixture.nodes[0].abort(part, by: ScrubFixture.anna)
            #expect(try await fixture.scrub() == [])

            let cut = try await fixture.segments(of: blob)[2]
            let lost = [try await fixture.segments(of: pending)[1], try await fixture.segments(of: part)[0]]
            fixture.fake.change { state in
                state.objects[cut]?.removeLast()
                for name in lost { state.objects[name] = nil }
            }
            let issues = try await fixture.scrub()
            func kinds(_ id: SessionId) -> [CheckIssue.Kind] { issues.filter { $0.upload == id }.map(\.kind) }
            #expect(kinds(blob) == [.shortObject] && kinds(pending) == [.missingObject])
            #expect(kinds(part) == [.missingObject] && kinds(whole) == [.digestMismatch])
            for name in lost + [cut] { #expect(issues.contains { $0.detail.contains(name) }) }
        }
    }

    @Test(arguments: [(503, "SlowDown"), (403, "AccessDenied"), (404, "NoSuchBucket"), (500, "InternalError")])
    func `a bucket that does not answer is no damage, and the scrub goes on afterwards`(
        _ status: Int, _ code: String
    ) async throws {
        try await ScrubFixture.with { fixture in
            let blob = try await fixture.committed(content(700_000))
            _ = try await fixture.pending(content(700_000, seed: 2))
            var scrubber = fixture.scrubber()
            _ = try await scrubber.step(byteCount: 1)
            fixture.fake.behave { _, _ in .status(status, code: code) }
            for _ in 0..<3 {
                let error = await #expect(throws: UploadError.self) { try await scrubber.step(byteCount: .max) }
                #expect(error?.code == .unavailable)
            }
            fixture.fake.behave { _, _ in .normal }
            let lost = try await fixture.segments(of: blob)[2]
            fixture.fake.change { $0.objects[lost] = nil }
            let step = try await scrubber.step(byteCount: .max)
            #expect(step.issues.map(\.upload) == [blob] && step.findingsOfScrub == 1)
        }
    }

    @Test func `a node without the bucket takes no turn, and is charged for nothing`() async throws {
        try await ScrubFixture.with { fixture in
            try await fixture.committed(content(700_000))
            var scrubber = fixture.scrubber()
            _ = try await scrubber.step(byteCount: 1)
            let turn = try await fixture.sql("SELECT expires_at FROM scrub_stretches")
            fixture.fake.behave { _, _ in .status(503, code: "SlowDown") }
            for _ in 0..<10 {
                await #expect(throws: UploadError.self) { try await scrubber.step(byteCount: 600_000) }
            }
            #expect(try await fixture.sql("SELECT expires_at FROM scrub_stretches") == turn)
            fixture.fake.behave { _, _ in .normal }
            let step = try await scrubber.step(byteCount: .max)
            #expect(step.issues.isEmpty && step.findingsOfScrub == 0)
            #expect(step.bytesRead < 1_000_000)
        }
    }

    @Test func `an object that the engine cannot read holds up no other`() async throws {
        try await ScrubFixture.with { fixture in
            var blobs: [SessionId] = []
            for seed in 1...4 { blobs.append(try await fixture.committed(content(5000, seed: UInt64(seed)))) }
            // The one with the last key: whether the bucket answers is asked of those after a random key.
            var last = (blob: blobs[0], name: "")
            for blob in blobs {
                let name = try await fixture.segments(of: blob)[0]
                if name > last.name { last = (blob, name) }
            }
            let broken = last
            fixture.fake.behave { request, _ in
                request.name == broken.name ? .status(500, code: "InternalError") : .normal
            }
            for _ in 0..<20 {
                let issues = try await fixture.scrub()
                #expect(issues.map(\.upload) == [broken.blob] && issues.map(\.kind) == [.unreadable])
            }
        }
    }

    @Test func `an object that is found when it is looked for again was not lost`() async throws {
        try await ScrubFixture.with { fixture in
            try await fixture.committed(content(5000))
            let asked = Mutex(0)
            fixture.fake.behave { request, _ in
                guard request.method == "GET" else { return .normal }
                let number = asked.withLock { asked in
                    asked += 1
                    return asked
                }
                return number == 1 ? .status(404, code: "NoSuchKey") : .normal
            }
            #expect(try await fixture.scrub() == [])
            #expect(asked.withLock(\.self) == 3)
        }
    }

    @Test func `what is deleted, and its segments removed, while it is read is no damage`() async throws {
        try await ScrubFixture.with(nodes: 2) { fixture in
            let blob = try await fixture.committed(content(3_000_000))
            let pending = try await fixture.pending(content(2_000_000, seed: 2))
            let other = try await fixture.committed(content(5000, seed: 3))
            var scrubber = fixture.scrubber()
            _ = try await scrubber.step(byteCount: 1)
            #expect(try await scrubber.step(byteCount: 1 << 20).isVerifying)
            let objects = try await fixture.segments(of: blob) + fixture.segments(of: pending)
            try await fixture.nodes[1].deleteBlob(BlobId(blob), by: ScrubFixture.anna)
            try await fixture.nodes[1].abort(pending, by: ScrubFixture.anna)
            try await fixture.nodes[1].maintenance.recover()
            #expect(fixture.fake.objects.keys.allSatisfy { !objects.contains($0) })
            var isComplete = false
            while !isComplete {
                let step = try await scrubber.step(byteCount: 1 << 20)
                #expect(step.issues == [])
                isComplete = step.findingsOfScrub != nil
            }
            #expect(try await fixture.segments(of: other).count == 1)
        }
    }
}
