import BlobStorageS3
import CataloguePostgres
import NIOHTTP1
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import WharfCluster

/// Multipart uploads that an engine has, and no attempt knows about.
@Suite(.serialized) struct AbandonedMultipartTests {
    private let bytes = large(17 << 20)

    /// Begins one as an engine does whose response nobody receives.
    private func abandon(_ name: String, in fixture: PublicationFixture) {
        fixture.fake.change { state in
            state.lastMultipart += 1
            state.multiparts["upload&\(state.lastMultipart)"] = FakeS3.Multipart(name: name, headers: HTTPHeaders())
        }
    }

    private func names(_ fixture: PublicationFixture) -> [String] {
        fixture.fake.change { $0.multiparts.values.map(\.name).sorted() }
    }

    @Test func `one that is found twice is aborted, and its object is left alone`() async throws {
        try await PublicationFixture.with { fixture in
            let id = try await fixture.commit(bytes)
            let publisher = try fixture.publisher()
            await publisher.work()
            let name = try #require(try await fixture.publishedName(of: id))
            abandon(name, in: fixture)
            let found = await publisher.abortAbandoned([])
            #expect(found.map(\.name) == [name])
            #expect(names(fixture) == [name])
            #expect(await publisher.abortAbandoned(found) == [])
            try await fixture.requirePublished(id, bytes)
            #expect(fixture.events.aborted.count == 1)
        }
    }

    @Test func `what is not published by this store is none of its business`() async throws {
        try await PublicationFixture.with { fixture in
            let others = ["other/published/a/b/c", "wharf/published-too/a/b/c", "wharf/segments/a"]
            for name in others { abandon(name, in: fixture) }
            abandon("wharf/published/a/b/c", in: fixture)
            let publisher = try fixture.publisher()
            let found = await publisher.abortAbandoned([])
            #expect(await publisher.abortAbandoned(found) == [])
            #expect(names(fixture) == others)
            // A node that publishes nothing does not list.
            abandon("wharf/published/a/b/c", in: fixture)
            let passive = fixture.nodes[0].publisher(nil) { _ in }
            #expect(await passive.abortAbandoned(found) == [])
            #expect(names(fixture).count == 4)
        }
    }

    @Test func `that of an attempt is kept until the attempt is over`() async throws {
        try await PublicationFixture.with { fixture in
            let id = try await fixture.commit(bytes)
            let dying = try fixture.publisher { reached throws(UploadError) in
                if reached == .part(2) { throw UploadError(.superseded) }
            }
            await dying.work()
            let other = try fixture.publisher(1)
            let found = await other.abortAbandoned([])
            #expect(found.count == 1)
            #expect(await other.abortAbandoned(found) == found)
            #expect(names(fixture).count == 1)
            try await fixture.sql("UPDATE publications SET held_since = held_since - interval '600 s'")
            await other.work()
            try await fixture.requirePublished(id, bytes)
        }
    }

    @Test func `one that is found before its id is recorded is kept`() async throws {
        try await PublicationFixture.with { fixture in
            let id = try await fixture.commit(bytes)
            let other = try fixture.publisher(1)
            let found = Mutex<Set<MultipartUpload>>([])
            let publisher = try fixture.publisher { reached throws(UploadError) in
                if reached == .record {
                    let listed = await other.abortAbandoned([])
                    #expect(listed.count == 1)
                    found.withLock { $0 = listed }
                }
                if reached == .part(2) {
                    let listed = found.withLock { $0 }
                    #expect(await other.abortAbandoned(listed) == listed)
                }
            }
            await publisher.work()
            try await fixture.requirePublished(id, bytes)
            #expect(fixture.events.published.count == 1)
            #expect(fixture.events.aborted == [])
        }
    }

    @Test func `one that is listed although it was completed meanwhile is kept`() async throws {
        try await PublicationFixture.with { fixture in
            _ = try await fixture.commit(bytes)
            let dying = try fixture.publisher { reached throws(UploadError) in
                if reached == .part(2) { throw UploadError(.superseded) }
            }
            await dying.work()
            let publisher = try fixture.publisher(1)
            let found = await publisher.abortAbandoned([])
            #expect(found.count == 1)
            fixture.fake.behave { request, _ in request.uri.contains("uploads=") ? .held : .normal }
            let count = fixture.fake.requests.count
            async let listed = publisher.abortAbandoned(found)
            await fixture.fake.waitForRequests(count + 1)
            try await fixture.sql(
                "UPDATE publications SET state = 1, attempt = NULL, held_since = NULL, multipart = NULL")
            fixture.fake.release()
            #expect(await listed == found)
            #expect(names(fixture).count == 1)
        }
    }

    @Test func `that of a publication that has failed for good is aborted, and the publication can be repeated`()
        async throws
    {
        try await PublicationFixture.with { fixture in
            let id = try await fixture.commit(bytes)
            var policy = try fixture.policy()
            policy.attemptsMax = 1
            let failing = try fixture.publisher(policy: policy) { reached throws(UploadError) in
                if reached == .part(3) { throw UploadError(.unavailable(detail: "a test")) }
            }
            await failing.work()
            #expect(fixture.events.givenUp == 1)
            let publisher = try fixture.publisher()
            let found = await publisher.abortAbandoned([])
            #expect(found.count == 1)
            #expect(await publisher.abortAbandoned(found) == [])
            #expect(names(fixture) == [])
            #expect(try await fixture.nodes[0].catalogue.repeatPublication(of: id))
            await publisher.work()
            try await fixture.requirePublished(id, bytes)
        }
    }

    @Test func `a running node finds it within two hours, also if the database was away in between`() async throws {
        try await PublicationFixture.with { fixture in
            abandon("wharf/published/a/b/c", in: fixture)
            let node = fixture.nodes[0]
            let (hours, hour) = AsyncStream.makeStream(of: Void.self)
            let (events, tell) = AsyncStream.makeStream(of: PublicationEvent.self)
            let (asked, ask) = AsyncStream.makeStream(of: Void.self)
            let policy = try fixture.policy()
            let running = Task {
                await node.publish(policy) { milliseconds in
                    if milliseconds == PublicationPolicy.abandonedMilliseconds {
                        ask.yield()
                        for await _ in hours { return }
                    } else {
                        for await _ in AsyncStream.makeStream(of: Void.self).stream {}
                    }
                    throw CancellationError()
                } report: {
                    tell.yield($0)
                }
            }
            for await _ in asked { break }
            try await fixture.sql("ALTER TABLE publications RENAME TO away")
            hour.yield()
            for await _ in asked { break }
            try await fixture.sql("ALTER TABLE away RENAME TO publications")
            #expect(names(fixture).count == 1)
            hour.yield()
            for await _ in asked { break }
            #expect(names(fixture) == [])
            running.cancel()
            await running.value
            tell.finish()
            let told = await events.reduce(into: (aborted: 0, failed: 0)) { counts, event in
                if case .aborted = event { counts.aborted += 1 }
                if case .failed = event { counts.failed += 1 }
            }
            #expect(told.aborted == 1)
            #expect(told.failed >= 1)
        }
    }
}
