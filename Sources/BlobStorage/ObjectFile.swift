import DeliberateFaults
import DurableFiles
import Synchronization
import UploadCore

/// One object's file while it is being written. All its writers share it, and with it one descriptor, one count of
/// failed syncs, and most of their syncs. `write` and `matches` block and run on the pool; `sync` suspends.
///
/// Why failures are counted: after a failed `fdatasync` the kernel takes the pages for clean and reports the failure
/// once, to the first caller. A second sync of the same file would then succeed although bytes written before it are
/// lost. A failure therefore counts against every byte written before it, whichever writer requested the sync, and an
/// object has at most one sync under way.
final class ObjectFile<Files: FileSystem>: Sendable {
    private struct State: Sendable {
        var file: Files.File?
        var entryIsDurable: Bool
        /// Counts the writes that have returned.
        var lastWrite: UInt64 = 0
        /// Writes up to this one are durable.
        var syncedThrough: UInt64 = 0
        var failedSyncs: UInt64 = 0
        /// True from the submission of a sync to the pool until no request is left.
        var isSyncing = false
        /// Requests for the next sync: the one under way may have begun before their writes.
        var requests: [SyncRequest] = []

        /// Whether an earlier sync has covered these writes already.
        func isDurable(_ writes: Writes) -> Bool {
            entryIsDurable && writes.last.write <= syncedThrough && writes.first.failedSyncs == failedSyncs
        }
    }

    /// The position of a write in the counts of its file.
    struct WriteMark: Hashable, Sendable {
        let write: UInt64
        let failedSyncs: UInt64
    }

    /// The earliest and the latest of the writes that a sync has to cover.
    struct Writes: Hashable, Sendable {
        let first: WriteMark
        let last: WriteMark
    }

    private struct SyncRequest: Sendable {
        let writes: Writes
        let answer: @Sendable (Result<Void, FileError>) -> Void
    }

    private let files: Files
    private let pool: any BlockingPool
    private let path: String
    private let directory: String
    private let durability: Durability
    private let observer: (any StoreObserver)?
    private let direct: DirectFile<Files>?
    private let state: Mutex<State>

    /// - Parameter directWriting: Used at power-loss only: elsewhere bytes stay in the page cache until there is time.
    init(
        files: Files, pool: any BlockingPool, path: String, directory: String, durability: Durability,
        entryIsDurable: Bool, observer: (any StoreObserver)? = nil, directWriting: DirectWriting? = nil
    ) {
        self.files = files
        self.pool = pool
        self.path = path
        self.directory = directory
        self.durability = durability
        self.observer = observer
        direct = durability == .powerLoss ? directWriting.map { DirectFile(files, $0) } : nil
        state = Mutex(State(entryIsDurable: entryIsDurable))
    }

    /// The pool closes the files: closing the last descriptor of a deleted file frees its blocks, which can take long,
    /// and the last reference may be released on an event loop.
    deinit {
        guard let file = state.withLock({ $0.file.take() }) else { return }
        pool.submit { [files, direct = direct?.takeForClosing()] in
            for file in [direct, file].compactMap(\.self) { files.close(file) }
        }
    }

    /// Writes bytes and returns the position of the write.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) -> WriteMark {
        let (file, failedSyncs) = try opened()
        if let direct {
            let isDirect = try direct.write(bytes, at: offset, to: file)
            if isDirect, DeliberateFault.skipSyncOfDirectWrites.isOn {
                return WriteMark(write: 0, failedSyncs: failedSyncs)
            }
        } else {
            try files.write(file, bytes, at: offset)
        }
        return state.withLock { state in
            state.lastWrite += 1
            return WriteMark(write: state.lastWrite, failedSyncs: failedSyncs)
        }
    }

    // MARK: Syncs

    /// Makes writes durable. Callers that arrive while a sync is under way suspend and share the next one: an object
    /// occupies one thread of the pool however many of its writers sync.
    ///
    /// - Throws: The failure of the sync, or of an earlier one since the first of the writes.
    func sync(_ writes: Writes) async throws(FileError) {
        guard durability == .powerLoss, state.withLock({ !$0.isDurable(writes) }) else { return }
        let outcome: Result<Void, FileError> = await withUnsafeContinuation { continuation in
            let isFirst = state.withLock { state in
                state.requests.append(SyncRequest(writes: writes) { continuation.resume(returning: $0) })
                defer { state.isSyncing = true }
                return !state.isSyncing
            }
            if isFirst { pool.submit { self.performSync() } }
        }
        try outcome.get()
    }

    /// Answers all waiting requests with one sync. `isSyncing` keeps it from running twice at a time for one object.
    private func performSync() {
        let (requests, before) = state.withLock { state in
            defer { state.requests = [] }
            return (state.requests, state)
        }
        let outcomes = outcomes(of: requests.map(\.writes), before)
        // Requests made meanwhile go to the end of the pool's queue: other objects get their turn first.
        let continues = state.withLock { state in
            state.isSyncing = !state.requests.isEmpty
            return state.isSyncing
        }
        if continues { pool.submit { self.performSync() } }
        for (request, outcome) in zip(requests, outcomes) { request.answer(outcome) }
    }

    /// - Parameter before: The state when the requests were taken. `failedSyncs`, `syncedThrough` and `entryIsDurable`
    ///   change only here.
    private func outcomes(of requests: [Writes], _ before: State) -> [Result<Void, FileError>] {
        guard let file = before.file else { preconditionFailure("A write opens the file before its sync") }
        let ignoresFailures = DeliberateFault.ignoreFailedSync.isOn
        let isLost = { (writes: Writes) in writes.first.failedSyncs != before.failedSyncs && !ignoresFailures }
        let isSynced = { (writes: Writes) in writes.last.write <= before.syncedThrough }
        let pending = requests.filter { !isLost($0) }

        var data: Result<Void, FileError> = .success(())
        if !pending.allSatisfy(isSynced), !DeliberateFault.skipDataSync.isOn {
            data = Result { () throws(FileError) in try files.syncData(file, observer: observer) }
            let failed = (try? data.get()) == nil
            if ignoresFailures { data = .success(()) }
            state.withLock { state in
                if failed { state.failedSyncs += 1 }
                guard !failed || ignoresFailures else { return }
                state.syncedThrough = DeliberateFault.syncLateWrites.isOn ? state.lastWrite : before.lastWrite
            }
        }

        var entry: Result<Void, FileError> = .success(())
        let needsEntry = pending.contains { isSynced($0) || (try? data.get()) != nil }
        if needsEntry, !before.entryIsDurable, !DeliberateFault.skipDirectorySync.isOn {
            entry = Result { () throws(FileError) in try files.syncDirectory(directory) }
            if (try? entry.get()) != nil { state.withLock { $0.entryIsDurable = true } }
        }
        return requests.map { writes in
            if isLost(writes) { return .failure(FileError(.io, call: "fdatasync (earlier)", path: path)) }
            if !isSynced(writes), case .failure = data { return data }
            return entry
        }
    }

    // MARK: Reading and opening

    /// Compares bytes with the stored ones. Never creates the file: it may have been removed together with its upload.
    func matches(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) -> Bool {
        let (file, _) = try opened(.readWrite)
        let stepBytes = 256 << 10
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(stepBytes, bytes.count), alignment: 16)
        defer { buffer.deallocate() }
        var position = 0
        while position < bytes.count {
            let here = UnsafeRawBufferPointer(rebasing: bytes[position..<min(position + stepBytes, bytes.count)])
            let count = try files.read(
                file, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<here.count]),
                at: offset + UInt64(position))
            position += here.count
            let stored = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            if DeliberateFault.compareToEnd.isOn, stored.elementsEqual(here[..<count]) { continue }
            guard count == here.count, stored.elementsEqual(here) else { return false }
        }
        return true
    }

    /// The open file and the number of syncs that have failed so far.
    private func opened(_ mode: OpenMode = .readWriteCreating) throws(FileError) -> (Files.File, failedSyncs: UInt64) {
        let outcome: Result<(Files.File, failedSyncs: UInt64), FileError> = state.withLock { state in
            if let file = state.file { return .success((file, state.failedSyncs)) }
            return Result { () throws(FileError) in
                let file = try files.open(path, mode)
                state.file = file
                return (file, state.failedSyncs)
            }
        }
        return try outcome.get()
    }
}

extension FileSystem {
    /// As `syncData`, with a notification of the observer.
    func syncData(_ file: File, observer: (any StoreObserver)?) throws(FileError) {
        guard let observer else {
            try syncData(file)
            return
        }
        let stopwatch = Stopwatch()
        var succeeded = false
        defer { observer.dataSynced(nanoseconds: stopwatch.nanoseconds, succeeded: succeeded) }
        try syncData(file)
        succeeded = true
    }
}
