import DurableFiles
import Glibc
import NativeWire
import Synchronization
import UploadClient

/// Downloads items to paths, several at once.
struct GetBatch: Sendable {
    /// One item, and its file.
    struct Entry: Hashable, Sendable {
        let item: GetItem
        let path: String
    }

    static let parallel = 4

    let client: UploadClient
    let output: Output
    /// Whether existing files are replaced.
    let isForced: Bool
    /// Whether missing directories are created: not for a path that was given as that of a file.
    var createsDirectories = true

    /// Downloads all entries. One that fails does not stop the others, unless the server is unreachable.
    ///
    /// - Throws: `ClientError` for a single entry, and for a server that is unreachable; `ExitCode` after failures that
    ///   were reported; `CommandFailure` if cancelled.
    func run(_ entries: [Entry]) async throws {
        let totals = Totals(entries)
        let failures = ItemFailures(isOnly: entries.count == 1, output: output)
        do {
            try await ProgressDisplay(output: output, name: totals.name).showing { observer in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    var rest = entries.enumerated().makeIterator()
                    func startNext() {
                        guard let (index, entry) = rest.next() else { return }
                        group.addTask {
                            try await failures.collecting(entry.path) {
                                try await download(entry) { observer(totals.add($0, of: index)) }
                            }
                            totals.end()
                        }
                    }
                    for _ in 0..<Self.parallel { startNext() }
                    while try await group.next() != nil { startNext() }
                }
            }
        } catch is CancellationError {
            throw CommandFailure(interrupted: Self.hint(entries))
        }
        try failures.throwFirst()
    }

    private static func hint(_ entries: [Entry]) -> String {
        guard let only = entries.first, entries.count == 1 else {
            return "Complete files stay. Run the same command again to resume."
        }
        return
            "The received bytes are in “\(LocalName.partialPath(of: only.path))”. Run the same command again to resume."
    }

    private func download(
        _ entry: Entry, _ onProgress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        let isUnchanged = try await isComplete(entry)
        if !isUnchanged { try await transfer(entry, onProgress) }
        let item = entry.item
        let end = isUnchanged ? "unchanged" : item.sha256 ?? "-"
        try await output.result(
            "\(entry.path)  \(HumanReadable.bytes(item.size))  \(end)",
            GetResult(item: item, path: entry.path, isUnchanged: isUnchanged))
    }

    /// Whether the file is there with the same bytes.
    ///
    /// - Throws: `local_file` if another file is there that must not be replaced.
    private func isComplete(_ entry: Entry) async throws -> Bool {
        let path = entry.path
        guard let status = await blocking({ try? FileStatus(path: path) }) else { return false }
        if status.kind == .file, status.size == entry.item.size, let sha256 = entry.item.sha256,
            try await client.digest(ofFile: path) == sha256
        {
            return true
        }
        // Renaming over a device or a pipe would replace it by a file.
        guard status.kind == .file || status.kind == .directory else {
            throw ClientError(
                .localFile, "“\(path)” is not a regular file.", advice: "Write to standard output: -o - > FILE.")
        }
        guard isForced else { throw ClientError(existing: path) }
        return false
    }

    private func transfer(
        _ entry: Entry, _ onProgress: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        if let slash = entry.path.lastIndex(of: "/"), slash != entry.path.startIndex {
            let directory = String(entry.path[..<slash])
            if createsDirectories {
                try await blocking { () throws(ClientError) in try UserPermissions.createDirectory(directory) }
            }
        }
        var options = DownloadOptions()
        options.permissions = UserPermissions.file
        switch entry.item.source {
        case .blob(let blob):
            try await client.get(blob, to: entry.path, options: options, onProgress: onProgress)
        case .asset(let asset, let memory):
            _ = try await client.getAsset(
                asset.id, of: memory, to: entry.path, options: options, onProgress: onProgress)
        }
    }

    /// The progress of all items together.
    private final class Totals: Sendable {
        private struct State {
            var items: [Int: TransferProgress] = [:]
            var sum = TransferProgress()
            var ended = 0
        }

        private let entries: [Entry]
        private let state: Mutex<State>

        init(_ entries: [Entry]) {
            self.entries = entries
            let bytes = entries.reduce(UInt64(0)) { $0 &+ $1.item.size }
            state = Mutex(State(sum: TransferProgress(totalBytes: bytes)))
        }

        var name: String {
            guard let only = entries.first, entries.count == 1 else {
                return "\(state.withLock { $0.ended }) of \(entries.count)"
            }
            return only.path
        }

        func add(_ progress: TransferProgress, of index: Int) -> TransferProgress {
            state.withLock { state in
                let old = state.items.updateValue(progress, forKey: index) ?? TransferProgress()
                state.sum.doneBytes = state.sum.doneBytes &+ progress.doneBytes &- old.doneBytes
                state.sum.resumedBytes = state.sum.resumedBytes &+ progress.resumedBytes &- old.resumedBytes
                return state.sum
            }
        }

        func end() { state.withLock { $0.ended += 1 } }
    }
}
