import Logging
import SessionCore
import Synchronization
import Testing
import UploadCore

@testable import WharfCommand

@Suite struct ExpirySweeperTests {
    private struct Finished: Error {}

    /// Scripted results of sweeps, nil for a failure, and the sweeper's calls and log lines.
    private final class SweepResults: Sendable {
        private let state: Mutex<(finds: [Int?], didSweep: [Int], lines: [String])>

        init(_ finds: [Int?]) { state = Mutex((finds, [], [])) }

        var didSweep: [Int] { state.withLock { $0.didSweep } }
        var lines: [String] { state.withLock { $0.lines } }

        func sweeper() -> ExpirySweeper {
            ExpirySweeper(
                pause: { if self.state.withLock({ $0.finds.isEmpty }) { throw Finished() } },
                sweep: { () throws(UploadError) in
                    guard let count = self.state.withLock({ $0.finds.removeFirst() }) else {
                        throw UploadError(.unavailable(detail: "the disk"))
                    }
                    return count
                },
                requireWritable: {},
                didSweep: { count in self.state.withLock { $0.didSweep.append(count) } },
                logger: Logger(label: "sweeper") { _ in
                    LineLogHandler(
                        format: .text, level: SharedLogLevel(.info), now: { .init(milliseconds: 0) },
                        write: { line in self.state.withLock { $0.lines.append(line) } })
                })
        }
    }

    @Test func `only expirations and failures are logged, and a failure stops nothing`() async throws {
        let results = SweepResults([0, nil, 3, 0])
        try await results.sweeper().run()
        #expect(results.didSweep == [0, 3, 0])
        #expect(results.lines.count == 2)
        #expect(results.lines.first?.contains("level=error") == true)
        #expect(results.lines.first?.contains("the disk") == true)
        #expect(results.lines.last?.hasSuffix(#"level=info msg="uploads expired" count=3"#) == true)
    }

    @Test func `nothing is swept before the first pause ends`() async throws {
        let results = SweepResults([])
        try await results.sweeper().run()
        #expect(results.didSweep == [])
        #expect(results.lines == [])
    }
}
