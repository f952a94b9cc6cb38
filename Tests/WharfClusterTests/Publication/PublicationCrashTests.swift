import CataloguePostgres
import SessionCore
import Synchronization
import Testing
import UploadCore

@testable import WharfCluster

/// A node that stops, and a blob that ends, before each step of an attempt.
@Suite(.serialized) struct PublicationCrashTests {
    private static let small: [PublicationStep] = [.store, .verify, .finish]
    private static let large: [PublicationStep] = [
        .begin, .record, .part(1), .part(2), .part(3), .complete, .verify, .finish,
    ]
    private static let cases = small.map { ($0, false) } + large.map { ($0, true) }

    private func bytes(_ isLarge: Bool) -> [UInt8] { isLarge ? WharfClusterTests.large(17 << 20) : content(3000) }

    @Test(arguments: cases) func `another node goes on where a node has died`(
        _ step: PublicationStep, _ isLarge: Bool
    ) async throws {
        try await PublicationFixture.with { fixture in
            let bytes = bytes(isLarge)
            let id = try await fixture.commit(bytes)
            // An attempt that ends so records nothing more, as one whose process has died.
            let dying = try fixture.publisher { reached throws(UploadError) in
                if reached == step { throw UploadError(.superseded) }
            }
            await dying.work()
            let other = try fixture.publisher(1)
            await other.work()
            #expect(try await fixture.publishedName(of: id) == nil)
            try await fixture.sql("UPDATE publications SET held_since = held_since - interval '600 s'")
            await other.work()
            try await fixture.requirePublished(id, bytes)
            #expect(fixture.published.count == 1)
        }
    }

    @Test(arguments: cases) func `a blob that ends meanwhile leaves no object and no multipart upload`(
        _ step: PublicationStep, _ isLarge: Bool
    ) async throws {
        try await PublicationFixture.with { fixture in
            let id = try await fixture.commit(bytes(isLarge))
            let ending = try fixture.publisher { reached throws(UploadError) in
                if reached == step {
                    try await fixture.delete(id, by: 1)
                    // The first removal comes before what is still written.
                    try await fixture.nodes[1].publisher(nil) { _ in }.removeEnded()
                }
            }
            await ending.work()
            #expect(fixture.events.published == [])
            try await fixture.sql("UPDATE unpublished SET due_at = now()")
            // By a node that publishes nothing itself.
            await fixture.nodes[1].publisher(nil) { _ in }.work()
            #expect(fixture.published.isEmpty)
            #expect(fixture.fake.change { $0.multiparts.isEmpty })
            #expect(try await fixture.sql("SELECT count(*) FROM unpublished") == ["1"])
        }
    }

    @Test(arguments: cases) func `what a node had begun when another took over harms nothing`(
        _ step: PublicationStep, _ isLarge: Bool
    ) async throws {
        try await PublicationFixture.with { fixture in
            let bytes = bytes(isLarge)
            let id = try await fixture.commit(bytes)
            // The first is frozen, the second does everything, and the first wakes.
            let frozen = try fixture.publisher { reached throws(UploadError) in
                if reached == step {
                    do {
                        try await fixture.sql("UPDATE publications SET held_since = held_since - interval '600 s'")
                        await (try fixture.publisher(1)).work()
                    } catch {
                        Issue.record(error)
                    }
                }
            }
            await frozen.work()
            try await fixture.requirePublished(id, bytes)
            #expect(fixture.events.published.count == 1)
        }
    }

    @Test func `a node that is stopped gives its attempt back, and it does not count`() async throws {
        try await PublicationFixture.with { fixture in
            let bytes = bytes(true)
            let id = try await fixture.commit(bytes)
            let stopping = try fixture.publisher { reached throws(UploadError) in
                guard reached == .part(2) else { return }
                withUnsafeCurrentTask { $0?.cancel() }
                throw UploadError(.cancelled)
            }
            await stopping.work()
            #expect(
                try await fixture.sql("SELECT attempts || ' ' || (held_since IS NULL) FROM publications") == ["0 true"])
            await (try fixture.publisher(1)).work()
            try await fixture.requirePublished(id, bytes)
        }
    }

    @Test func `a publisher works when it is woken by a commit, until it is cancelled`() async throws {
        try await PublicationFixture.with { fixture in
            let (published, tell) = AsyncStream.makeStream(of: Void.self)
            let node = fixture.nodes[0]
            let policy = try fixture.policy()
            let running = Task {
                await node.publish(policy) { _ in
                    // No interval ends.
                    for await _ in AsyncStream.makeStream(of: Void.self).stream {}
                    throw CancellationError()
                } report: { event in
                    if case .published = event { tell.yield() }
                }
            }
            let id = try await fixture.commit(content(2000))
            for await _ in published { break }
            try await fixture.requirePublished(id, content(2000))
            running.cancel()
            await running.value
        }
    }
}
