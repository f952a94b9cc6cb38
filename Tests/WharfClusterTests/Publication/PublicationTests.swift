import BlobStorageS3
import CataloguePostgres
import NIOHTTP1
import SessionCore
import Synchronization
import Testing
import UploadCore

@testable import WharfCluster

@Suite(.serialized) struct PublicationTests {
    @Test func `blobs of every kind become one object each, and parts none`() async throws {
        try await PublicationFixture.with { fixture in
            let earlier = content(3000)
            let earlierId = try await fixture.commit(earlier, name: "../Ferien & Ägypten.jpg")
            await (try fixture.publisher()).work()
            let empty = try await fixture.commit([])
            let inCatalogue = try await fixture.commit(content(900, seed: 2), name: "page.html", type: "text/html")
            let parts = [
                try await fixture.commit(content(5000, seed: 3), isPartial: true),
                try await fixture.commit(content(70, seed: 4), isPartial: true),
            ]
            let uploads = fixture.nodes[0].uploads
            let request = BeginRequest(
                capsule: try await uploads.defaultCapsule(of: PublicationFixture.ben).id,
                asset: AssetMetadata(name: "whole"), layout: .append)
            let whole = try await uploads.concatenate(request, parts: parts, by: PublicationFixture.ben).id
            _ = try await uploads.commit(whole, by: PublicationFixture.ben)
            await (try fixture.publisher(1)).work()

            try await fixture.requirePublished(earlierId, earlier)
            try await fixture.requirePublished(empty, [])
            try await fixture.requirePublished(inCatalogue, content(900, seed: 2))
            try await fixture.requirePublished(whole, content(5000, seed: 3) + content(70, seed: 4))
            #expect(fixture.published.count == 4)
            let name = try #require(try await fixture.publishedName(of: earlierId))
            #expect(name.hasSuffix("/\(earlierId.text)/Ferien & Ägypten.jpg"))
            let headers = fixture.fake.change { $0.headers[name] }
            #expect(headers?.first(name: "content-type") == "image/jpeg")
            let disposition = headers?.first(name: "content-disposition")
            #expect(disposition?.contains("filename*=UTF-8''.._Ferien%20&%20%C3%84gypten.jpg") == true)
            #expect(headers?.first(name: "x-amz-meta-sha256") == Digest(of: earlier).hex)
            // A segment of each blob is what clients read.
            var reader = try await uploads.read(BlobId(earlierId), by: PublicationFixture.ben)
            #expect(try await reader.readAll() == earlier)
        }
    }

    private static let mebibyte = 1 << 20

    @Test func `the engine copies whole segments, and the rest is sent`() async throws {
        try await PublicationFixture.with { fixture in
            let bytes = large(24 * Self.mebibyte)
            // Segments of 1, 2, 4, 8 and 2 MiB, and of 1, 2 and 4.
            let id = try await fixture.commit(bytes, appends: [17 * Self.mebibyte, 7 * Self.mebibyte])
            await (try fixture.publisher()).work()
            try await fixture.requirePublished(id, bytes)
            let parts = fixture.fake.requests("PUT").filter { $0.query.contains { $0.name == "partNumber" } }
            let copies = parts.filter { $0.headers.contains(name: "x-amz-copy-source") }
            #expect(parts.count == 3 && copies.count == 1)
            #expect(parts.filter { !$0.body.isEmpty }.map(\.body.count) == [7 * Self.mebibyte, 9 * Self.mebibyte])
        }
    }

    /// Where that is not known, it is asked once.
    @Test(arguments: [("&part-copies=off", 0), ("", 1)]) func `an engine without copies is sent everything`(
        _ location: String, _ copies: Int
    ) async throws {
        let asked = Mutex(-1)
        try await PublicationFixture.with(location: location) { fixture in
            fixture.fake.change { $0.copiesParts = false }
            let bytes = large(32 * Self.mebibyte)
            let id = try await fixture.commit(bytes)
            await (try fixture.publisher()).work()
            try await fixture.requirePublished(id, bytes)
            asked.withLock { $0 = fixture.fake.requests.count { $0.headers.contains(name: "x-amz-copy-source") } }
        }
        #expect(asked.withLock { $0 } == copies)
    }

    @Test func `nodes that publish at the same time divide the blobs`() async throws {
        try await PublicationFixture.with { fixture in
            var blobs: [SessionId: [UInt8]] = [:]
            for seed in 0..<10 {
                let bytes = content(2000, seed: UInt64(seed))
                blobs[try await fixture.commit(bytes)] = bytes
            }
            var policy = try fixture.policy()
            policy.atOnce = 2
            let publishers = try (0..<2).map { try fixture.publisher($0, policy: policy) }
            await withDiscardingTaskGroup { group in
                for publisher in publishers { group.addTask { await publisher.work() } }
            }
            for (id, bytes) in blobs { try await fixture.requirePublished(id, bytes) }
            #expect(fixture.events.published.count == 10)
        }
    }

    @Test func `an object with other bytes than its blob is never published, and given up in the end`() async throws {
        try await PublicationFixture.with { fixture in
            let bytes = large(17 * Self.mebibyte)
            let id = try await fixture.commit(bytes)
            // The fourth segment, of 8 MiB, which the engine copies.
            let segment = try #require(fixture.fake.objects.first { $0.value.count == 8 * Self.mebibyte }?.key)
            fixture.fake.change { $0.objects[segment]?[77] ^= 1 }
            var policy = try fixture.policy()
            policy.attemptsMax = 2
            let publisher = try fixture.publisher(policy: policy)
            await publisher.work()
            #expect(fixture.events.failures == 1)
            #expect(try await fixture.sql("SELECT due_at > now() + interval '50 s' FROM publications") == ["t"])
            try await fixture.sql("UPDATE publications SET due_at = now()")
            await publisher.work()
            #expect(fixture.events.givenUp == 1)
            await publisher.work()
            #expect(try await fixture.publishedName(of: id) == nil)
            fixture.fake.change { $0.objects[segment]?[77] ^= 1 }
            #expect(try await fixture.nodes[1].catalogue.repeatPublication(of: id))
            await publisher.work()
            try await fixture.requirePublished(id, bytes)
        }
    }

    @Test func `an engine that fails is tried later, and every object is there in the end`() async throws {
        try await PublicationFixture.with { fixture in
            let bytes = large(17 * Self.mebibyte)
            let id = try await fixture.commit(bytes)
            let broken = [
                ("POST", "?uploads="), ("POST", "?uploadId="), ("PUT", "partNumber=2"), ("GET", "/published/"),
            ]
            for (number, (method, place)) in broken.enumerated() {
                fixture.fake.behave { request, _ in
                    request.method == method && request.uri.contains(place)
                        ? .status(403, code: "AccessDenied") : .normal
                }
                await (try fixture.publisher()).work()
                #expect(fixture.events.failures == number + 1)
                #expect(try await fixture.publishedName(of: id) == nil)
                try await fixture.sql("UPDATE publications SET due_at = now()")
            }
            fixture.fake.behave { _, _ in .normal }
            await (try fixture.publisher()).work()
            try await fixture.requirePublished(id, bytes)
        }
    }

    @Test func `a lost response changes nothing`() async throws {
        try await PublicationFixture.with { fixture in
            let bytes = large(17 * Self.mebibyte)
            let id = try await fixture.commit(bytes)
            let seen = Mutex<Set<String>>([])
            fixture.fake.behave { request, _ in
                guard request.path.contains("/published/"), request.method != "GET" else { return .normal }
                // The first of each kind, and of each part.
                let isFirst = seen.withLock { $0.insert("\(request.method) \(request.uri)").inserted }
                return isFirst ? .lost : .normal
            }
            let publisher = try fixture.publisher()
            await publisher.work()
            // Completing once more was refused, though the object is there.
            #expect(fixture.events.failures == 0)
            try await fixture.requirePublished(id, bytes)
        }
    }
}
