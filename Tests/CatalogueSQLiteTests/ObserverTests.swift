import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import CatalogueSQLite

/// What a catalogue says of its commits while it works.
@Suite struct ObserverTests {
    private final class Commits: StoreObserver {
        private let heard = Mutex<[Int]>([])
        /// How many changes each commit had.
        var changes: [Int] { heard.withLock { $0 } }

        func dataSynced(nanoseconds: UInt64, succeeded: Bool) {}

        func catalogueCommitted(nanoseconds: UInt64, changes: Int) {
            heard.withLock { $0.append(changes) }
        }
    }

    private func run(_ body: @escaping @Sendable (CatalogueSQLite, Commits) async throws -> Void) throws {
        let store = SimulatedStore(seed: 1)
        try store.scheduler.run {
            let commits = Commits()
            let catalogue = try await CatalogueSQLite(
                path: "catalogue", vfs: store.vfs.name, pool: store.scheduler.orderedPool(), durability: .powerLoss,
                observer: commits
            ).withCapsule()
            try await body(catalogue, commits)
            await catalogue.close()
        }
    }

    @Test func `calls that share a commit are counted in it, and none is counted twice`() throws {
        try run { catalogue, commits in
            #expect(commits.changes == [1])
            let outcome = await together(1...64) { number throws(UploadError) in try await catalogue.begin(.of(number))
            }
            #expect(outcome.failed == [:])
            #expect(commits.changes.dropFirst().reduce(0, +) == 64)
            #expect(commits.changes.count <= 17)
            #expect(catalogue.statistics.commits == UInt64(commits.changes.count))
        }
    }

    @Test func `reads and refusals are not commits`() throws {
        try run { catalogue, commits in
            _ = try await catalogue.countByStatus()
            #expect(await refusal { () throws(UploadError) in try await catalogue.commit(9) } == .notFound)
            #expect(commits.changes == [1])
        }
    }
}
