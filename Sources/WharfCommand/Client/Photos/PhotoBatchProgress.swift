import Synchronization
import UploadClient

/// The combined progress of all photos: bytes of originals, photos sent, memories made.
final class PhotoBatchProgress: Sendable {
    private struct State {
        var transfers: [Int: TransferProgress] = [:]
        var sent = 0
        var memories = 0
    }

    private let count: Int
    private let totalBytes: UInt64
    private let state = Mutex(State())

    init(of photos: [PhotoFile]) {
        count = photos.count
        totalBytes = photos.reduce(0) { $0 + $1.size }
    }

    /// Sets the progress of one photo.
    func set(_ progress: TransferProgress, of number: Int) {
        state.withLock { $0.transfers[number] = progress }
    }

    /// A photo is stored or has failed; all its bytes count from now on.
    func ended(_ number: Int, bytes: UInt64) {
        state.withLock { state in
            let resumed = state.transfers[number]?.resumedBytes ?? 0
            state.transfers[number] = TransferProgress(doneBytes: bytes, totalBytes: bytes, resumedBytes: resumed)
            state.sent += 1
        }
    }

    func memoryEnded() {
        state.withLock { $0.memories += 1 }
    }

    var title: String {
        let (sent, memories) = state.withLock { ($0.sent, $0.memories) }
        return sent < count ? "\(sent) of \(count) photos" : "\(memories) of \(count) memories"
    }

    var sum: TransferProgress {
        state.withLock { state in
            state.transfers.values.reduce(into: TransferProgress(totalBytes: totalBytes)) { sum, one in
                sum.doneBytes += one.doneBytes
                sum.inFlightBytes += one.inFlightBytes
                sum.resumedBytes += one.resumedBytes
            }
        }
    }
}
