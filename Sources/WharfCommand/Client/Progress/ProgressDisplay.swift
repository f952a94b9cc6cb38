import Synchronization
import UploadClient

/// Shows the progress of a transfer: a bar on a terminal, otherwise a line every ten seconds.
struct ProgressDisplay: Sendable {
    private static let redrawMilliseconds: Int64 = 100
    private static let lineMilliseconds: Int64 = 10_000

    let output: Output
    /// The name of the transfer, evaluated at each redraw.
    let name: @Sendable () -> String
    /// Replaces the name on a narrow terminal.
    let shortName: (@Sendable () -> String)?

    init(
        output: Output, name: @escaping @autoclosure @Sendable () -> String,
        shortName: (@Sendable () -> String)? = nil
    ) {
        self.output = output
        self.name = name
        self.shortName = shortName
    }

    /// Runs `body` with an observer of its progress.
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

    /// Draws until cancelled, then erases the bar.
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
                name: name(), shortName: shortName?(), progress: progress, bytesPerSecond: meter.bytesPerSecond,
                secondsLeft: left)
            if isTerminal {
                await output.status(output.outage.line ?? line.bar(columns: output.columns))
            } else if now >= nextLine {
                nextLine = now + Self.lineMilliseconds
                await output.note(line.plain)
            }
        }
        if isTerminal { await output.status(nil) }
    }

    /// The latest progress.
    private final class Latest: Sendable {
        private let progress = Mutex<TransferProgress?>(nil)
        func set(_ value: TransferProgress) { progress.withLock { $0 = value } }
        func get() -> TransferProgress? { progress.withLock { $0 } }
    }
}

/// The transfer rate over the last seconds. Pure: the time is an argument.
struct SpeedMeter: Sendable {
    /// Long enough to smooth the ends of chunks, short enough to follow the network.
    static let windowMilliseconds: Int64 = 10_000

    private var samples: [(milliseconds: Int64, bytes: UInt64)] = []

    /// - Parameter bytes: The total so far. It can fall: a chunk that is sent again counts from its start.
    mutating func add(bytes: UInt64, at milliseconds: Int64) {
        samples.append((milliseconds, bytes))
        // One older sample stays, so that the samples always cover the window.
        while samples.count > 2, samples[1].milliseconds <= milliseconds - Self.windowMilliseconds {
            samples.removeFirst()
        }
    }

    /// nil until enough time has passed.
    var bytesPerSecond: UInt64? {
        guard let first = samples.first, let last = samples.last, last.milliseconds - first.milliseconds >= 500 else {
            return nil
        }
        guard last.bytes > first.bytes else { return 0 }
        return UInt64(Double(last.bytes - first.bytes) * 1000 / Double(last.milliseconds - first.milliseconds))
    }

    /// nil while no bytes move.
    func secondsLeft(bytes: UInt64) -> UInt64? {
        guard let speed = bytesPerSecond, speed > 0 else { return nil }
        return (bytes + speed - 1) / speed
    }
}
