import Synchronization

/// The progress of an upload or a download, in bytes.
public struct TransferProgress: Hashable, Sendable {
    /// The upload's id once known; nil for a download.
    public var upload: String?
    /// Acknowledged by the server, or written to the file.
    public var doneBytes: UInt64
    /// Sent but not acknowledged.
    public var inFlightBytes: UInt64
    /// nil for a stream.
    public var totalBytes: UInt64?
    /// Done by an earlier run.
    public var resumedBytes: UInt64

    public init(
        upload: String? = nil, doneBytes: UInt64 = 0, inFlightBytes: UInt64 = 0, totalBytes: UInt64? = nil,
        resumedBytes: UInt64 = 0
    ) {
        self.upload = upload
        self.doneBytes = doneBytes
        self.inFlightBytes = inFlightBytes
        self.totalBytes = totalBytes
        self.resumedBytes = resumedBytes
    }
}

/// Tracks the bytes of concurrent chunks and reports the combined progress.
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

    /// The upload's id once known.
    var upload: String? { state.withLock { $0.progress.upload } }

    func begin(upload: String?, done: UInt64, total: UInt64?) {
        update { state in
            state.inFlight = [:]
            state.progress = TransferProgress(
                upload: upload, doneBytes: done, totalBytes: total, resumedBytes: done)
        }
    }

    /// Starts, or restarts, a chunk.
    func start(_ index: UInt64) {
        update { $0.inFlight[index] = 0 }
    }

    func sent(_ bytes: UInt64, of index: UInt64) {
        update { $0.inFlight[index, default: 0] += bytes }
    }

    /// The server acknowledged a chunk.
    func acknowledge(_ index: UInt64, bytes: UInt64) {
        update { state in
            state.inFlight[index] = nil
            state.progress.doneBytes += bytes
        }
    }

    /// The server has acknowledged all bytes before an offset, which may lie within a chunk in flight.
    func acknowledge(upTo offset: UInt64, of index: UInt64) {
        update { state in
            let gained = offset - min(offset, state.progress.doneBytes)
            state.progress.doneBytes += gained
            state.inFlight[index] = state.inFlight[index].map { $0 - min($0, gained) }
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let progress = state.withLock { state in
            change(&state)
            state.progress.inFlightBytes = state.inFlight.values.reduce(0, +)
            return state.progress
        }
        onProgress(progress)
    }
}
