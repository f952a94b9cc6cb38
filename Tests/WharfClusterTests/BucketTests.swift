import BlobStorageS3
import Testing
import UploadCore

@testable import WharfCluster

/// Which bucket belongs to a database.
@Suite struct BucketTests {
    /// Those of a node that marks its bucket.
    private static let steps: [BucketRecognition.Step] = [.look, .store, .record]

    @Test func `nodes that start together mark their bucket once`() async throws {
        try await BucketFixture.with { fixture async throws in
            try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 { group.addTask { try await fixture.start() } }
                for try await warnings in group { #expect(warnings == []) }
            }
            let mark = try await fixture.sql("SELECT encode(objects_mark, 'hex') FROM wharf_store")
            #expect(fixture.marks() == mark.map { "wharf/store-\($0)" })
            #expect(try await fixture.start() == [])
        }
    }

    @Test(arguments: steps)
    func `of two nodes with two buckets, only the first to mark its bucket starts`(
        _ step: BucketRecognition.Step
    ) async throws {
        try await BucketFixture.with { fixture async throws in
            await fixture.requireRefusal {
                try await fixture.start("other") { reached throws(ClusterStoreError) in
                    if reached == step { await fixture.requireStart() }
                }
            }
            #expect(fixture.marks().count == 1 && fixture.marks("other") == [])
            #expect(try await fixture.start() == [])
            await fixture.requireRefusal { try await fixture.start("other") }
        }
    }

    @Test(arguments: steps)
    func `a node that stops before a step decides nothing, and leaves one unused object at most`(
        _ step: BucketRecognition.Step
    ) async throws {
        try await BucketFixture.with { fixture async throws in
            await #expect(throws: ClusterStoreError.self) {
                try await fixture.start { reached throws(ClusterStoreError) in
                    if reached == step { throw .catalogue(UploadError(.cancelled)) }
                }
            }
            #expect(fixture.marks().count == (step == .record ? 1 : 0))
            // Neither an orphan nor an unknown object.
            try await fixture.recognizing { bucket in
                let page = try await bucket.blobs.storedSegments(after: nil)
                #expect(page.segments == [] && page.unknownObjects.isEmpty)
            }
            #expect(try await fixture.start("other") == [])
            await fixture.requireRefusal { try await fixture.start() }
        }
    }

    @Test func `a node that stops before it removes its mark leaves an object without a meaning`() async throws {
        try await BucketFixture.with { fixture async throws in
            await #expect(throws: ClusterStoreError.self) {
                try await fixture.start { reached throws(ClusterStoreError) in
                    if reached == .record { await fixture.requireStart("other") }
                    if reached == .remove { throw .catalogue(UploadError(.cancelled)) }
                }
            }
            #expect(fixture.marks().count == 1)
            await fixture.requireRefusal { try await fixture.start() }
            #expect(try await fixture.start("other") == [])
        }
    }

    @Test func `a bucket without the mark is refused if it has only some segments: another may have the others`()
        async throws
    {
        try await BucketFixture.with { fixture async throws in
            try await fixture.upload()
            try await fixture.upload()
            let marks = fixture.marks()
            let segments = fixture.fake.objects.keys.filter { $0.hasPrefix("wharf/segments/") }
            #expect(segments.count > 1)
            fixture.remove { marks.contains($0) || $0 == segments.first }
            await fixture.requireRefusal(.configuration, marks[0]) { try await fixture.start() }
            #expect(fixture.marks() == [])
        }
    }

    @Test func `a mark that somebody has deleted is stored again where the recorded segments are found`() async throws {
        try await BucketFixture.with { fixture async throws in
            try await fixture.upload()
            let marks = fixture.marks()
            fixture.remove { marks.contains($0) }
            #expect(try await fixture.check().count == 1)
            #expect(fixture.marks() == [])
            let warnings = try await fixture.withCluster { $0.warnings }
            #expect(warnings.count == 1 && warnings[0].contains(marks[0]))
            #expect(fixture.marks() == marks)
            #expect(try await fixture.check() == [])
        }
    }

    @Test func `a bucket with neither the mark nor a segment is refused until somebody stores an object`() async throws
    {
        try await BucketFixture.with { fixture async throws in
            try await fixture.upload()
            let marks = fixture.marks()
            fixture.remove { _ in true }
            await fixture.requireRefusal(.configuration, marks[0]) { try await fixture.start() }
            await fixture.requireRefusal(.configuration, marks[0]) { _ = try await fixture.check() }
            #expect(fixture.fake.objects.isEmpty)
            fixture.fake.change { $0.objects[marks[0]] = [] }
            #expect(try await fixture.start() == [])
            #expect(try await fixture.check() == [])
        }
    }

    @Test func `another prefix of the bucket is refused by nodes and by a check`() async throws {
        try await BucketFixture.with { fixture async throws in
            try await fixture.withCluster { _ in }
            await fixture.requireRefusal { try await fixture.withCluster("other") { _ in } }
            await fixture.requireRefusal { _ = try await fixture.check("other") }
            #expect(fixture.fake.objects.keys.allSatisfy { $0.hasPrefix("wharf/") })
        }
    }

    @Test func `the bucket of a release without marks is known by one segment`() async throws {
        try await BucketFixture.with { fixture async throws in
            try await fixture.upload()
            try await fixture.forgetMark()
            await fixture.requireRefusal(.configuration, "other/segments/") { try await fixture.start("other") }
            await fixture.requireRefusal(.configuration, "other/segments/") { _ = try await fixture.check("other") }
            #expect(fixture.marks("other") == [])
            #expect(try await fixture.check() == [])
            #expect(try await fixture.start() == [])
            #expect(fixture.marks().count == 1)
            await fixture.requireRefusal { try await fixture.start("other") }
        }
    }

    @Test(arguments: [403, 404, 500])
    func `a bucket that does not say whether it has the mark is unavailable`(_ status: Int) async throws {
        try await BucketFixture.with { fixture async throws in
            try await fixture.upload()
            let (marks, requests) = (fixture.marks(), fixture.fake.requests("PUT").count)
            fixture.fake.behave { request, _ in request.name == marks[0] ? .status(status, code: "Problem") : .normal }
            await fixture.requireRefusal(.unavailable, "failed") { try await fixture.start() }
            #expect(fixture.fake.requests("PUT").count == requests)
        }
    }

    @Test func `a bucket that does not store a mark is unavailable, and no mark is recorded`() async throws {
        try await BucketFixture.with { fixture async throws in
            fixture.fake.behave { request, _ in request.method == "PUT" ? .status(503) : .normal }
            await fixture.requireRefusal(.unavailable, "failed") { try await fixture.start() }
            #expect(try await fixture.sql("SELECT objects_mark IS NULL FROM wharf_store") == ["t"])
        }
    }
}
