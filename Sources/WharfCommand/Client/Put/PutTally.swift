import Synchronization
import UploadClient

/// The combined progress and the results of all files of a command.
final class PutTally: Sendable {
    private struct State {
        /// Of large files that are being sent.
        var transfers: [Int: TransferProgress] = [:]
        var finishedBytes: UInt64 = 0
        var counts = PutCounts()
        var firstFailure: CommandStatus?
    }

    let filesTotal: Int
    private let bytesTotal: UInt64
    private let state = Mutex(State())

    init(of items: [PutItem]) {
        filesTotal = items.count
        bytesTotal = items.reduce(0) { $0 + $1.size }
    }

    /// Sets the progress of one file.
    func set(_ progress: TransferProgress, of number: Int) {
        state.withLock { $0.transfers[number] = progress }
    }

    /// A file is done with. All its bytes count from now on.
    func ended(_ number: Int, bytes: UInt64, _ count: WritableKeyPath<PutCounts, Int>) {
        state.withLock { state in
            state.transfers[number] = nil
            state.finishedBytes += bytes
            state.counts[keyPath: count] += 1
            if count == \.sent { state.counts.sentBytes += bytes }
        }
    }

    func failed(_ status: CommandStatus) {
        state.withLock { $0.firstFailure = $0.firstFailure ?? status }
    }

    var firstFailure: CommandStatus? { state.withLock { $0.firstFailure } }
    var counts: PutCounts { state.withLock { $0.counts } }
    /// The progress of the only file.
    var onlyTransfer: TransferProgress? { state.withLock { $0.transfers.values.first } }

    var title: String { "\(counts.ended) of \(filesTotal) files" }
    var shortTitle: String { "\(counts.ended)/\(filesTotal)" }

    /// All bytes together. Skipped files count as done by an earlier run.
    var sum: TransferProgress {
        state.withLock { state in
            let done = TransferProgress(
                doneBytes: state.finishedBytes, totalBytes: bytesTotal,
                resumedBytes: state.finishedBytes - min(state.finishedBytes, state.counts.sentBytes))
            return state.transfers.values.reduce(into: done) { sum, one in
                sum.doneBytes += one.doneBytes
                sum.inFlightBytes += one.inFlightBytes
                sum.resumedBytes += one.resumedBytes
            }
        }
    }
}

/// What became of the files of a command.
struct PutCounts: Hashable, Sendable {
    var sent = 0
    var sentBytes: UInt64 = 0
    /// The server had them.
    var known = 0
    /// The server had their bytes under other names or in other capsules.
    var copied = 0
    var failed = 0

    var stored: Int { sent + known + copied }
    var ended: Int { stored + failed }
}

/// The last words of `put`: what was sent, and what was not. Pure.
struct PutSummary: Hashable, Sendable {
    var counts: PutCounts
    var passedOver: [FileWalk.PassedOver]
    /// Whether every file that was passed over is named, instead of the first ones of each kind.
    var namesAll = false

    /// Names of a kind without `-v`. Excluded files were asked for, and are only counted.
    static let namesMax = 5

    var lines: [String] {
        var parts = ["\(Self.files(counts.sent)) sent (\(HumanReadable.bytes(counts.sentBytes)))"]
        if counts.known > 0 { parts.append("\(counts.known) skipped, which the server has") }
        if counts.copied > 0 { parts.append("\(counts.copied) copied on the server, which has the same bytes") }
        if counts.failed > 0 { parts.append("\(counts.failed) failed") }
        return [parts.joined(separator: ", ") + "."] + FileWalk.PassedOver.Reason.allCases.compactMap(line)
    }

    private func line(_ reason: FileWalk.PassedOver.Reason) -> String? {
        let labels = passedOver.filter { $0.reason == reason }.map { TerminalText.safe($0.label) }
        guard !labels.isEmpty else { return nil }
        let named = namesAll ? labels[...] : labels.prefix(reason == .filtered ? 0 : Self.namesMax)
        let rest = labels.count - named.count
        let subject = "Passed over \(labels.count) \(reason.rawValue)\(labels.count == 1 ? "" : "s")"
        guard !named.isEmpty else { return subject + "." }
        if namesAll { return ([subject + ":"] + named).joined(separator: "\n  ") }
        return subject + ": " + named.joined(separator: ", ") + (rest > 0 ? ", and \(rest) more (-v names all)." : ".")
    }

    private static func files(_ count: Int) -> String { count == 1 ? "1 file" : "\(count) files" }
}
