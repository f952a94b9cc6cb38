import NativeWire
import Synchronization
import Testing

@testable import WharfCommand

@Suite struct OutputTests {
    /// What was written, in its order.
    private final class Written: Sendable {
        private let pieces = Mutex<[String]>([])
        var all: [String] { pieces.withLock { $0 } }
        func add(_ text: String, _ stream: StandardStream) {
            pieces.withLock { $0.append(stream == .output ? text : "! " + text) }
        }
    }

    private let written = Written()

    private func output(isJSON: Bool = false, detail: Output.Detail = .normal) -> Output {
        Output(isJSON: isJSON, detail: detail) { [written] in written.add($0, $1) }
    }

    @Test func `control characters of any text are replaced, and a result is one line`() async throws {
        let output = output()
        try await output.result("a\u{1B}[2J\nb\r\u{9B}1m\u{202E}", Bool?.none)
        try await output.result(lines: ["c\nd", "e"], Bool?.none)
        await output.note("\u{7}note\nmore")
        try await output.failure("fail\u{8}ure", Bool?.none)
        await output.status("\u{1B}]0;title\nnext")
        #expect(
            written.all == [
                "a\u{FFFD}[2J\u{FFFD}b\u{FFFD}\u{FFFD}1m\u{FFFD}\n", "c\u{FFFD}d\ne\n",
                "! \u{FFFD}note\nmore\n", "! fail\u{FFFD}ure\n",
                "! \r\u{1B}[K\u{FFFD}]0;title\u{FFFD}next",
            ])
    }

    @Test func `a line erases the status before it`() async throws {
        let output = output()
        await output.status("50 %")
        try await output.result("done", true)
        await output.note("more")
        await output.status(nil)
        #expect(written.all == ["! \r\u{1B}[K50 %", "! \r\u{1B}[K", "done\n", "! more\n"])
    }

    @Test func `a quiet command writes failures only`() async throws {
        let output = output(detail: .failures)
        try await output.result("result", true)
        await output.note("note")
        await output.verbose("detail")
        await output.status("50 %")
        try await output.failure("failure", true)
        #expect(written.all == ["! failure\n"])
    }

    @Test func `details are written on request`() async throws {
        await output().verbose("detail")
        #expect(written.all == [])
        await output(detail: .verbose).verbose("detail")
        #expect(written.all == ["! detail\n"])
    }

    @Test func `failures are documents among the results of JSON output`() async throws {
        try await output(isJSON: true, detail: .failures).failure("text", ["a": 1])
        #expect(written.all == ["{\"a\":1}\n"])
    }
}
