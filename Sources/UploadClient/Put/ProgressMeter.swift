import Synchronization

/// Counts the bytes of an upload's chunks while they are sent, and tells who wants to know.
final class ProgressMeter: Sendable {
    private struct State {
        var progress = TransferProgress()
        var inFlight: [UInt64: UInt64] = [:]
    }

    private let state = Mutex(State())
    private let onProgress: @Sendable (TransferProgress) -> Void

    init(onProgress: @escaping @Sendable (TransferProgress) -> Void) {
        self.onProgress = onProgress
    }

    func begin(upload: String, done: UInt64, total: UInt64?) {
        tell { state in
            state.inFlight = [:]
            state.progress = TransferProgress(
                upload: upload, doneBytes: done, totalBytes: total, resumedBytes: done)
        }
    }

    /// A chunk is sent, perhaps not for the first time.
    func start(_ index: UInt64) {
        tell { $0.inFlight[index] = 0 }
    }

    func sent(_ bytes: UInt64, of index: UInt64) {
        tell { $0.inFlight[index, default: 0] += bytes }
    }

    /// The server has a chunk.
    func acknowledge(_ index: UInt64, bytes: UInt64) {
        tell { state in
            state.inFlight[index] = nil
            state.progress.doneBytes += bytes
        }
    }

    private func tell(_ change: (inout State) -> Void) {
        let progress = state.withLock { state in
            change(&state)
            state.progress.inFlightBytes = state.inFlight.values.reduce(0, +)
            return state.progress
        }
        onProgress(progress)
    }
}
