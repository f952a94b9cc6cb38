import CataloguePostgres
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Two engines, each with a catalogue of its own over one database, and one store of segments.
@Suite struct EngineTests {
    private typealias Service = UploadService<CataloguePostgres, ModelSegmentStore, ManualClock>

    private struct Engines {
        let a: Service
        let b: Service
        let segments: ModelSegmentStore
        let capsule: CapsuleId
        let ben = Principal("ben")

        init(_ fixture: Fixture) async throws {
            segments = ModelSegmentStore(index: fixture.catalogue, segmentBytes: 1 << 18)
            let clock = ManualClock()
            a = try Service(catalogue: fixture.engine(0), blobs: segments, clock: clock)
            b = try Service(catalogue: fixture.engine(1), blobs: segments, clock: clock)
            capsule = try await a.createCapsule(title: "wedding", by: ben).id
        }

        func begin(_ layout: BeginRequest.Layout, length: UInt64) async throws -> SessionId {
            let request = BeginRequest(
                capsule: capsule, asset: AssetMetadata(name: "photo.jpg"), layout: layout, length: length)
            return try await a.beginUpload(request, by: ben).record.id
        }

        func check(verifyingBytes: Bool = false) async throws -> [CheckIssue] {
            var check = b.maintenance.segmentCheck(verifyingBytes: verifyingBytes)
            var found: [CheckIssue] = []
            while let issues = try await check.step() { found += issues }
            return found
        }

        func read(_ id: SessionId) async throws -> [UInt8] {
            var reader = try await b.read(BlobId(id), by: ben)
            return try await reader.readAll()
        }
    }

    /// More than the catalogue itself would take.
    private let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

    @Test func `both engines receive chunks of one upload, and either finishes it`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let engines = try await Engines(fixture)
            let size = 1_000_000
            let id = try await engines.begin(.chunks(size: UInt64(size)), length: UInt64(content.count))
            _ = try await together(6) { [content] number in
                let chunk = number % 3
                let engine = number < 3 ? engines.a : engines.b
                try await engine.putChunk(
                    id, index: UInt64(chunk), content[chunk * size..<(chunk + 1) * size], by: engines.ben)
            }
            let committed = try await engines.b.commit(id, by: engines.ben)
            #expect(committed.digest == .whole(Digest(of: content)))
            #expect(try await engines.a.commit(id, by: engines.ben).blob == BlobId(id))
            #expect(try await engines.read(id) == content)
        }
    }

    @Test func `an append goes on at the other engine, and the first is refused`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let engines = try await Engines(fixture)
            let id = try await engines.begin(.append, length: UInt64(content.count))
            let frozen = try await engines.a.openAppend(id, at: 0, by: engines.ben)
            try await frozen.write(content[..<100_000])
            #expect(try await frozen.checkpoint() == 100_000)
            try await frozen.write(content[100_000..<200_000])

            #expect(try await engines.b.quiescedStatus(of: id, by: engines.ben).session.offset == 100_000)
            try await engines.b.append(id, at: 100_000, content[100_000..<2_000_000], by: engines.ben)
            do {
                _ = try await frozen.complete()
                Issue.record("the earlier holder has recorded bytes")
            } catch let error as UploadError {
                #expect(error.code == .superseded)
            }
            #expect(try await engines.a.status(of: id, by: engines.ben).session.offset == 2_000_000)
            try await engines.a.append(id, at: 2_000_000, content[2_000_000...], by: engines.ben)
            _ = try await engines.b.commit(id, by: engines.ben)
            #expect(try await engines.read(id) == content)
        }
    }

    @Test func `a check finds lost segments and unknown ones, and repairs both beside the engines`() async throws {
        try await Fixture.with(engines: 2) { fixture in
            let engines = try await Engines(fixture)
            let blob = try await engines.begin(.append, length: UInt64(content.count))
            try await engines.a.append(blob, at: 0, content[...], by: engines.ben)
            _ = try await engines.a.commit(blob, by: engines.ben)
            let id = try await engines.begin(.chunks(size: 1_000_000), length: UInt64(content.count))
            for chunk in 0..<3 {
                try await engines.a.putChunk(
                    id, index: UInt64(chunk), content[chunk * 1_000_000..<(chunk + 1) * 1_000_000], by: engines.ben)
            }
            #expect(try await engines.check(verifyingBytes: true) == [])

            func keys(of upload: SessionId) async throws -> [ObjectKey] {
                let record = try #require(try await fixture.catalogue.upload(upload))
                return try await fixture.catalogue.receipts(of: record.meta.key, in: 0..<UInt64(Int64.max)).map(\.key)
            }
            let orphan = fixture.key("orphan")
            let lost = [try await keys(of: blob)[3], try await keys(of: id)[5]]
            engines.segments.change { segments in
                for key in lost { segments[key] = nil }
                segments[orphan] = [1, 2, 3]
            }
            let issues = try await engines.check()
            #expect(issues.count == 3)
            #expect(Set(issues.map(\.repair)) == [nil, .forgetLostSegment(lost[1]), .quarantineSegment(orphan)])
            for issue in issues { try await engines.b.maintenance.repair(issue) }
            #expect(try await engines.check().map(\.upload) == [blob])
            #expect(engines.segments.quarantined == [orphan])
            try await engines.a.putChunk(id, index: 1, content[1_000_000..<2_000_000], by: engines.ben)
            _ = try await engines.b.commit(id, by: engines.ben)
            #expect(try await engines.read(id) == content)
        }
    }
}
