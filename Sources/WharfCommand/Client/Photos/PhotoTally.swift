import Synchronization
import UploadClient

/// What became of the files of `put --photos`.
struct PhotoCounts: Hashable, Sendable {
    var memoriesMade = 0
    var memoriesKnown = 0
    /// Of all these memories, those that got one by this command.
    var withVideo = 0
    var withRaw = 0
    var filesStored = 0
    var filesKnown = 0
    var failed = 0
    var firstFailure: CommandStatus?

    /// For people. Pure.
    var summary: String {
        func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }
        var companions: [String] = []
        if withVideo > 0 { companions.append("\(withVideo) with a video") }
        if withRaw > 0 { companions.append("\(withRaw) with a raw file") }
        let beside = companions.isEmpty ? "" : " (\(companions.joined(separator: ", ")))"
        var parts = [
            count(memoriesMade, "memory", "memories") + " made" + beside
                + (memoriesKnown > 0 ? ", \(memoriesKnown) there already" : "")
        ]
        if filesStored + filesKnown > 0 {
            let known = filesKnown > 0 ? ", \(filesKnown) there already" : ""
            parts.append(count(filesStored, "other file", "other files") + " stored" + known)
        }
        if failed > 0 { parts.append(count(failed, "file", "files") + " failed") }
        return parts.joined(separator: "; ") + "."
    }
}

/// The combined progress and the results of `put --photos`.
final class PhotoTally: Sendable {
    private struct State {
        /// By the absolute paths of files.
        var transfers: [String: TransferProgress] = [:]
        var ended = 0
        var memories = 0
        var counts = PhotoCounts()
    }

    private let files: Int
    private let shots: Int
    private let totalBytes: UInt64
    private let state = Mutex(State())

    init(of folder: CameraFolder) {
        shots = folder.shots.count
        let others = folder.shots.flatMap { $0.companions.map(\.item) } + folder.files
        files = shots + others.count
        totalBytes = folder.shots.reduce(0) { $0 + $1.photo.size } + others.reduce(0) { $0 + $1.size }
    }

    /// Sets the progress of one file.
    func set(_ progress: TransferProgress, of path: String) {
        state.withLock { $0.transfers[path] = progress }
    }

    /// A file is stored or has failed; all its bytes count from now on.
    func ended(_ path: String, bytes: UInt64) {
        state.withLock { state in
            let resumed = state.transfers[path]?.resumedBytes ?? 0
            state.transfers[path] = TransferProgress(doneBytes: bytes, totalBytes: bytes, resumedBytes: resumed)
            state.ended += 1
        }
    }

    func memoryEnded() {
        state.withLock { $0.memories += 1 }
    }

    func count(_ count: WritableKeyPath<PhotoCounts, Int>) {
        state.withLock { $0.counts[keyPath: count] += 1 }
    }

    func failed(_ status: CommandStatus) {
        state.withLock { state in
            state.counts.failed += 1
            state.counts.firstFailure = state.counts.firstFailure ?? status
        }
    }

    var counts: PhotoCounts { state.withLock { $0.counts } }

    var title: String {
        let (ended, memories) = state.withLock { ($0.ended, $0.memories) }
        return ended < files ? "\(ended) of \(files) files" : "\(memories) of \(shots) memories"
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
