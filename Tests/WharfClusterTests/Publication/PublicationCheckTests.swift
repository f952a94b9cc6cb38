import BlobStorageS3
import SessionCore
import Synchronization
import Testing
import UploadCore

@testable import WharfCluster

@Suite(.serialized) struct PublicationCheckTests {
    /// A whole check by the other node.
    private func check(_ fixture: PublicationFixture) async throws -> [PublicationIssue] {
        var check = fixture.nodes[1].publicationCheck()
        var found: [PublicationIssue] = []
        while let issues = try await check.step() { found += issues }
        return found
    }

    @Test func `objects that others have removed or altered are found, and published once more`() async throws {
        try await PublicationFixture.with { fixture in
            let bytes = [2000, 3000, 4000, 5000, 0].map { content($0) }
            var blobs: [SessionId] = []
            for each in bytes { blobs.append(try await fixture.commit(each)) }
            await (try fixture.publisher()).work()
            var clean = fixture.nodes[1].publicationCheck()
            while let issues = try await clean.step() { #expect(issues == []) }
            #expect(clean.bytesVerified == 14_000)

            var names: [String] = []
            for blob in blobs { names.append(try #require(try await fixture.publishedName(of: blob))) }
            fixture.fake.change { [names] fake in
                fake.objects[names[0]] = nil
                fake.objects[names[1]]?.removeLast()
                // At the same size.
                fake.objects[names[2]]?[3999] ^= 1
                fake.objects[names[4]] = [1]
            }
            let issues = try await check(fixture)
            #expect(issues.map(\.upload) == [blobs[0], blobs[1], blobs[2], blobs[4]])
            #expect(issues.map(\.kind) == [.unpublishedBlob, .alteredObject, .alteredObject, .alteredObject])
            #expect(issues[0].detail == "the published object \(names[0]) is missing")
            #expect(issues[1].detail == "the published object \(names[1]) has 2999 of 3000 bytes")
            #expect(issues[2].detail == "the published object \(names[2]) has other bytes than its blob")
            #expect(issues[3].detail == "the published object \(names[4]) has 1 of 0 bytes")
            // Nothing was changed.
            #expect(try await check(fixture) == issues)
            for issue in issues {
                #expect(try await fixture.nodes[1].repair(issue))
                #expect(try await fixture.publishedName(of: issue.upload) == nil)
                #expect(try await !fixture.nodes[1].repair(issue))
            }
            #expect(try await check(fixture) == [])
            await (try fixture.publisher()).work()
            for (blob, each) in zip(blobs, bytes) { try await fixture.requirePublished(blob, each) }
            // They are no segments.
            var segments = fixture.nodes[1].uploads.maintenance.segmentCheck()
            while let found = try await segments.step() { #expect(found == []) }
        }
    }

    @Test func `every page is examined`() async throws {
        try await PublicationFixture.with { fixture in
            for seed in 1...5 { _ = try await fixture.commit(content(1500, seed: UInt64(seed))) }
            await (try fixture.publisher()).work()
            for (name, bytes) in fixture.published {
                fixture.fake.change { $0.objects[name] = bytes.map { $0 ^ 1 } }
            }
            // The last page is full, too.
            for pageMax in [2, 5] {
                var check = PublicationCheck(fixture.nodes[0], pageMax: pageMax)
                var found = 0
                while let issues = try await check.step() { found += issues.count }
                #expect(found == 5 && check.bytesVerified == 0)
            }
        }
    }

    @Test func `a blob that could not be published is found`() async throws {
        try await PublicationFixture.with { fixture in
            let id = try await fixture.commit(content(2000))
            fixture.fake.behave { request, _ in
                request.method == "PUT" ? .status(403, code: "AccessDenied") : .normal
            }
            var policy = try fixture.policy()
            policy.attemptsMax = 1
            await (try fixture.publisher(policy: policy)).work()
            let issues = try await check(fixture)
            #expect(issues.map(\.kind) == [.unpublishedBlob] && issues.map(\.upload) == [id])
            #expect(issues[0].detail.contains("could not be published") && issues[0].detail.contains("AccessDenied"))
        }
    }

    @Test(arguments: [(503, "SlowDown"), (403, "AccessDenied"), (404, "NoSuchBucket"), (500, "InternalError")])
    func `a bucket that does not answer is no issue, and the check goes on afterwards`(
        _ status: Int, _ code: String
    ) async throws {
        var settings = S3Settings()
        settings.attemptsMax = 1
        try await PublicationFixture.with(objectSettings: settings) { fixture in
            _ = try await fixture.commit(content(2000))
            let altered = try await fixture.commit(content(3000))
            await (try fixture.publisher()).work()
            let name = try #require(try await fixture.publishedName(of: altered))
            fixture.fake.change { $0.objects[name]?[0] ^= 1 }
            var check = fixture.nodes[1].publicationCheck()
            #expect(try await check.step() == [])
            fixture.fake.behave { _, _ in .status(status, code: code) }
            for _ in 0..<2 {
                let error = await #expect(throws: UploadError.self) { try await check.step() }
                #expect(error?.code == .unavailable)
            }
            fixture.fake.behave { _, _ in .normal }
            #expect(try await check.step()?.map(\.upload) == [altered])
            #expect(try await check.step() == nil)
        }
    }

    @Test func `an object that the bucket fails to return is an issue that holds up no other`() async throws {
        var settings = S3Settings()
        settings.attemptsMax = 1
        try await PublicationFixture.with(objectSettings: settings) { fixture in
            var names: [String] = []
            var blobs: [SessionId] = []
            for count in [2000, 3000, 4000] { blobs.append(try await fixture.commit(content(count))) }
            await (try fixture.publisher()).work()
            for blob in blobs { names.append(try #require(try await fixture.publishedName(of: blob))) }
            fixture.fake.change { [names] in $0.objects[names[2]]?[0] ^= 1 }
            fixture.fake.behave { [names] request, _ in
                names[..<2].contains(request.name) ? .status(500, code: "InternalError") : .normal
            }
            let issues = try await check(fixture)
            #expect(issues.map(\.kind) == [.unreadable, .unreadable, .alteredObject])
            #expect(issues.map(\.upload) == blobs)
            #expect(issues[0].detail.hasPrefix("the published object \(names[0]) cannot be read: "))
            // There is nothing to publish once more.
            #expect(try await !fixture.nodes[1].repair(issues[0]))
            #expect(try await fixture.publishedName(of: blobs[0]) == names[0])
            fixture.fake.behave { _, _ in .normal }
            #expect(try await check(fixture).map(\.kind) == [.alteredObject])
        }
    }

    @Test func `a response that breaks is continued, and is no issue`() async throws {
        try await PublicationFixture.with { fixture in
            _ = try await fixture.commit(content(900_000))
            await (try fixture.publisher()).work()
            let reads = Mutex(0)
            fixture.fake.behave { request, _ in
                guard request.path.contains("/published/") else { return .normal }
                let number = reads.withLock { reads in
                    reads += 1
                    return reads
                }
                return number < 3 ? .truncated(300_000) : .normal
            }
            #expect(try await check(fixture) == [])
            #expect(reads.withLock(\.self) == 3)
        }
    }

    @Test func `a blob that ends while its object is read is no issue`() async throws {
        try await PublicationFixture.with { fixture in
            let id = try await fixture.commit(content(2000))
            await (try fixture.publisher()).work()
            let check = fixture.nodes[1].publicationCheck()
            fixture.fake.behave { request, _ in
                request.method == "GET" && request.path.contains("/published/") ? .held : .normal
            }
            let before = fixture.fake.change { $0.handled }
            let checking = Task { [check] in
                var check = check
                return try await check.step()
            }
            await fixture.fake.waitForRequests(before + 1)
            fixture.fake.behave { _, _ in .normal }
            try await fixture.delete(id)
            try await fixture.nodes[0].publisher(nil) { _ in }.removeEnded()
            #expect(fixture.published.isEmpty)
            fixture.fake.release()
            #expect(try await checking.value == [])
        }
    }
}
