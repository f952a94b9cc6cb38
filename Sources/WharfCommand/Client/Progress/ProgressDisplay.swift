import Synchronization
import UploadClient

/// Shows how far one transfer is while it runs: a bar that is drawn anew on a terminal, a line every ten seconds otherwise.
struct ProgressDisplay: Sendable {
    private static let redrawMilliseconds: Int64 = 100
    private static let lineMilliseconds: Int64 = 10_000

    let output: Output
    /// What is under way, each time that it is shown.
    let name: @Sendable () -> String

    init(output: Output, name: @escaping @autoclosure @Sendable () -> String) {
        self.output = output
        self.name = name
    }

    /// Runs `body`, which is handed what it has to tell its progress to.
    func showing<Value: Sendable>(
        _ body: @escaping @Sendable (@escaping @Sendable (TransferProgress) -> Void) async throws -> Value
    ) async throws -> Value {
        if output.isJSON { return try await body { _ in } }
        let latest = Latest()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body { latest.set($0) } }
            group.addTask {
                await draw(latest)
                return nil
            }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                guard let value = outcome else { continue }
                return value
            }
            throw CancellationError()
        }
    }

    /// Draws until it is cancelled, and then takes the bar away: what remains is what the command says at its end.
    private func draw(_ latest: Latest) async {
        let start = ContinuousClock.now
        var meter = SpeedMeter()
        var nextLine = Self.lineMilliseconds
        let isTerminal = output.isTerminal
        while (try? await Task.sleep(for: .milliseconds(Self.redrawMilliseconds))) != nil {
            guard let progress = latest.get() else { continue }
            let now = Int64((ContinuousClock.now - start) / .milliseconds(1))
            let moved = progress.doneBytes + progress.inFlightBytes
            meter.add(bytes: moved - min(moved, progress.resumedBytes), at: now)
            let left = progress.totalBytes.flatMap { meter.secondsLeft(bytes: $0 - min(moved, $0)) }
            let line = ProgressLine(
                name: name(), progress: progress, bytesPerSecond: meter.bytesPerSecond, secondsLeft: left)
            if isTerminal {
                await output.raw("\r\u{1B}[K" + line.bar(columns: output.columns))
            } else if now >= nextLine {
                nextLine = now + Self.lineMilliseconds
                await output.note(line.plain)
            }
        }
        if isTerminal { await output.raw("\r\u{1B}[K") }
    }

    /// The last progress that was told.
    private final class Latest: Sendable {
        private let progress = Mutex<TransferProgress?>(nil)
        func set(_ value: TransferProgress) { progress.withLock { $0 = value } }
        func get() -> TransferProgress? { progress.withLock { $0 } }
    }
}
