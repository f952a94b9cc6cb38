import HTTPTestKit
import Logging
import SessionCore
import Synchronization
import Testing
import UploadCore

@testable import WharfServices

@Suite struct ExpirySweeperTests {
    private struct Finished: Error {}

    /// Scripted results of sweeps, nil for a failure, and the sweeper's calls and log lines.
    private final class SweepResults: Sendable {
        private let state: Mutex<(finds: [Int?], didSweep: [Int])>
        private let log = LogCapture()

        /// The errors of removals.
        private let failure: UploadError?
        private let refusal: StoreFailure?

        init(_ finds: [Int?], failingRemovals failure: UploadError? = nil, refusal: StoreFailure? = nil) {
            state = Mutex((finds, []))
            self.failure = failure
            self.refusal = refusal
        }

        var didSweep: [Int] { state.withLock { $0.didSweep } }
        /// Without those for debugging.
        var lines: [LogCapture.Line] { log.lines.filter { $0.level >= .info } }

        func sweeper() -> ExpirySweeper {
            ExpirySweeper(
                pause: { if self.state.withLock({ $0.finds.isEmpty }) { throw Finished() } },
                sweep: { () throws(UploadError) in
                    guard let count = self.state.withLock({ $0.finds.removeFirst() }) else {
                        throw UploadError(.unavailable(detail: "the disk"))
                    }
                    return count
                },
                removeGarbage: { () throws(UploadError) in if let failure = self.failure { throw failure } },
                failure: { self.refusal },
                didSweep: { count in self.state.withLock { $0.didSweep.append(count) } },
                logger: log.logger)
        }
    }

    @Test func `only expirations and failures are logged, and a failure stops nothing`() async throws {
        let results = SweepResults([0, nil, 3, 0])
        try await results.sweeper().run()
        #expect(results.didSweep == [0, 3, 0])
        #expect(results.lines.count == 2)
        #expect(results.lines.first?.level == .error)
        #expect(results.lines.first?.metadata["error"]?.contains("the disk") == true)
        #expect(results.lines.last?.level == .info && results.lines.last?.message == "uploads expired")
        #expect(results.lines.last?.metadata == ["count": "3"])
    }

    @Test func `files that cannot be removed hide no expiration`() async throws {
        let results = SweepResults([2], failingRemovals: UploadError(.unavailable(detail: "the bucket")))
        try await results.sweeper().run()
        #expect(results.didSweep == [2])
        #expect(results.lines.map(\.message) == ["uploads expired", "removal of garbage failed, will retry"])
        #expect(results.lines.last?.metadata["error"]?.contains("the bucket") == true)
    }

    @Test func `a store that takes no new uploads is named with its cause`() async throws {
        let cause = UploadError(.unavailable(detail: "connection refused"))
        let results = SweepResults([0], refusal: StoreFailure(.database, cause))
        try await results.sweeper().run()
        #expect(results.lines.map(\.message) == ["new uploads are refused"])
        #expect(results.lines.last?.metadata["store"] == "database")
        #expect(results.lines.last?.metadata["error"]?.contains("connection refused") == true)
    }

    @Test func `nothing is swept before the first pause ends`() async throws {
        let results = SweepResults([])
        try await results.sweeper().run()
        #expect(results.didSweep == [])
        #expect(results.lines.isEmpty)
    }
}
