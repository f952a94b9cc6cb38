package import Logging
import Synchronization

/// Keeps what is logged.
package final class LogCapture: Sendable {
    package struct Line: Sendable {
        package let level: Logger.Level
        package let message: String
        package let metadata: [String: String]
    }

    private let kept = Mutex<[Line]>([])
    private let arrivals: AsyncStream<Line>
    private let arrival: AsyncStream<Line>.Continuation

    package init() {
        (arrivals, arrival) = AsyncStream.makeStream()
    }

    package var lines: [Line] { kept.withLock { $0 } }

    /// Waits for a line with a message, which may have been logged before. To be called once at a time; each line is seen
    /// by one call.
    package func wait(for message: String) async {
        for await line in arrivals where line.message == message { return }
    }

    package var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(capture: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
            let line = Line(level: event.level, message: "\(event.message)", metadata: all)
            capture.kept.withLock { $0.append(line) }
            capture.arrival.yield(line)
        }
    }
}
