import Logging
import SessionCore
import Synchronization
import Testing
import UploadCore

@testable import WharfCommand

@Suite struct SweeperTests {
    private struct Over: Error {}

    /// What a sweeper was asked for and said, with what each of its searches finds; nil is a failure.
    private final class Script: Sendable {
        private let state: Mutex<(finds: [Int?], swept: [Int], lines: [String])>

        init(_ finds: [Int?]) { state = Mutex((finds, [], [])) }

        var swept: [Int] { state.withLock { $0.swept } }
        var lines: [String] { state.withLock { $0.lines } }

        func sweeper() -> Sweeper {
            Sweeper(
                pause: { if self.state.withLock({ $0.finds.isEmpty }) { throw Over() } },
                sweep: { () throws(UploadError) in
                    guard let count = self.state.withLock({ $0.finds.removeFirst() }) else {
                        throw UploadError(.unavailable(detail: "the disk"))
                    }
                    return count
                },
                swept: { count in self.state.withLock { $0.swept.append(count) } },
                logger: Logger(label: "sweeper") { _ in
                    LineLogHandler(
                        format: .text, level: .info, now: { .init(milliseconds: 0) },
                        write: { line in self.state.withLock { $0.lines.append(line) } })
                })
        }
    }

    @Test func `it logs only what expired, and goes on after a failure`() async throws {
        let script = Script([0, nil, 3, 0])
        try await script.sweeper().run()
        #expect(script.swept == [0, 3, 0])
        #expect(script.lines.count == 2)
        #expect(script.lines.first?.contains("level=error") == true)
        #expect(script.lines.first?.contains("the disk") == true)
        #expect(script.lines.last?.hasSuffix(#"level=info msg="uploads expired" count=3"#) == true)
    }

    @Test func `without a turn it does nothing`() async throws {
        let script = Script([])
        try await script.sweeper().run()
        #expect(script.swept == [])
        #expect(script.lines == [])
    }
}
