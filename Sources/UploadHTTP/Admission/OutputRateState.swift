/// Decides whether a client takes its responses too slowly. Pure: times are arguments, in nanoseconds of a monotonic
/// clock.
///
/// Only time in which bytes wait for the client counts, from one sample to the next: a slow disk is not the client's
/// fault. When the send queue is empty, the measurement starts again.
struct OutputRateState {
    /// What the kernel knows about the bytes that it sends on a connection.
    struct Progress: Equatable {
        /// Since the connection was opened.
        var acknowledgedBytes: UInt64
        /// Whether bytes are in the send queue: not sent, or not acknowledged.
        var isWaiting: Bool
    }

    private let bytesPerSecondMin: Int
    private let windowNanoseconds: Int64
    private var last: (progress: Progress, at: Int64)?
    private var waited: Int64 = 0
    private var taken: UInt64 = 0

    init(limits: HTTPLimits) {
        bytesPerSecondMin = limits.responseBytesPerSecondMin
        windowNanoseconds = limits.responseRateWindowMilliseconds * 1_000_000
    }

    /// - Returns: Whether the client was too slow over a window.
    mutating func isTooSlow(_ progress: Progress, at now: Int64) -> Bool {
        defer { last = (progress, now) }
        guard let last, last.progress.isWaiting, progress.isWaiting else {
            waited = 0
            taken = 0
            return false
        }
        waited += now - last.at
        taken += progress.acknowledgedBytes - min(last.progress.acknowledgedBytes, progress.acknowledgedBytes)
        guard waited >= windowNanoseconds else { return false }
        defer {
            waited = 0
            taken = 0
        }
        return Double(taken) * 1e9 < Double(bytesPerSecondMin) * Double(waited)
    }
}
