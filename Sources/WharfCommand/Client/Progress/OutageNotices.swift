import Synchronization
import UploadClient

/// The outage of the moment, shared by those who report it and those who draw on the terminal.
final class OutageMonitor: Sendable {
    private let outage = Mutex(Outage())
    private let start = ContinuousClock.now

    private var now: Int64 { Int64((ContinuousClock.now - start) / .milliseconds(1)) }

    func failed(_ notice: UploadClient.RetryNotice) -> String? {
        outage.withLock { $0.failed(notice, atMilliseconds: now) }
    }

    func callEnded(isAnswered: Bool) -> String? {
        outage.withLock { $0.callEnded(isAnswered: isAnswered, atMilliseconds: now) }
    }

    /// The line on a terminal; nil if there is no outage to report.
    var line: String? { outage.withLock { $0.line(atMilliseconds: now) } }
}

/// Reports warnings, each as a line, and outages: on a terminal as one line that is updated in place, otherwise a line at the
/// beginning and one at the end.
struct OutageNotices: Sendable {
    private enum Notice: Sendable {
        case warning(String)
        /// Nil where only the line on a terminal changes.
        case outage(String?)
    }

    let output: Output
    private let stream: AsyncStream<Notice>
    private let continuation: AsyncStream<Notice>.Continuation

    init(output: Output) {
        self.output = output
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    func failed(_ notice: UploadClient.RetryNotice) {
        report(output.outage.failed(notice))
    }

    func callEnded(isAnswered: Bool) {
        report(output.outage.callEnded(isAnswered: isAnswered))
    }

    func warn(_ text: String) {
        continuation.yield(.warning(text))
    }

    private func report(_ line: String?) {
        // The line on a terminal changes with every attempt.
        if line != nil || output.isTerminal { continuation.yield(.outage(line)) }
    }

    /// Runs `body` and prints the notices that arrive meanwhile.
    func reporting(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await body()
            }
            group.addTask {
                for await notice in stream {
                    switch notice {
                    case .warning(let text): await output.note("wharf: \(text)")
                    case .outage where output.isTerminal: await output.status(output.outage.line)
                    case .outage(let line): if let line { await output.note(line) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
