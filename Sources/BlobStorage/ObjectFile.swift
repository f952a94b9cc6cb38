import DeliberateFaults
import DurableFiles
import Synchronization
import UploadCore

/// One object's file while somebody writes it, shared by all its writers so that they share one descriptor, one truth
/// about failed syncs, and often one sync. Everything here blocks and runs on the pool.
///
/// Why failures are counted: after a failed `fdatasync` the kernel takes the pages for clean and reports the failure once,
/// to whoever asks first. Another writer of the same file would then sync with success although its bytes are lost. So a
/// failure counts against every byte written before it, whoever's sync it was.
final class ObjectFile<Files: FileSystem>: Sendable {
    private struct State: Sendable {
        var file: Files.File?
        var entryIsDurable: Bool
        /// Counts the writes that have returned.
        var lastWrite: UInt64 = 0
        /// Writes up to this one are durable.
        var syncedThrough: UInt64 = 0
        var failedSyncs: UInt64 = 0
    }

    /// When a write was made, in the counts of its file.
    struct WriteMark: Hashable, Sendable {
        let write: UInt64
        let failedSyncs: UInt64
    }

    private let files: Files
    private let path: String
    private let directory: String
    private let durability: Durability
    private let observer: (any StoreObserver)?
    private let state: Mutex<State>
    /// One sync at a time: see above.
    private let syncing = Mutex(())

    init(
        files: Files, path: String, directory: String, durability: Durability, entryIsDurable: Bool,
        observer: (any StoreObserver)? = nil
    ) {
        self.files = files
        self.path = path
        self.directory = directory
        self.durability = durability
        self.observer = observer
        state = Mutex(State(entryIsDurable: entryIsDurable))
    }

    deinit {
        state.withLock { state in
            if let file = state.file { files.close(file) }
        }
    }

    /// Writes bytes and says when that was.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) -> WriteMark {
        let (file, failedSyncs) = try opened()
        try files.write(file, bytes, at: offset)
        return state.withLock { state in
            state.lastWrite += 1
            return WriteMark(write: state.lastWrite, failedSyncs: failedSyncs)
        }
    }

    /// Makes writes durable.
    ///
    /// - Parameters:
    ///   - first: The earliest of the writes; a sync that failed since is the failure of this one.
    ///   - last: The latest; if a sync of somebody else's has covered it already, nothing is left to do.
    func sync(from first: WriteMark, through last: WriteMark) throws(FileError) {
        guard durability == .powerLoss else { return }
        let outcome: Result<Void, FileError> = syncing.withLock { _ in
            Result { () throws(FileError) in try syncAlone(first, last) }
        }
        try outcome.get()
    }

    private func syncAlone(_ first: WriteMark, _ last: WriteMark) throws(FileError) {
        let (file, failedSyncs) = try opened()
        guard failedSyncs == first.failedSyncs || DeliberateFault.ignoreFailedSync.isOn else {
            throw FileError(.io, call: "fdatasync (earlier)", path: path)
        }
        let (through, isDone, entryIsDurable) = state.withLock { state in
            (state.lastWrite, state.syncedThrough >= last.write, state.entryIsDurable)
        }
        if !isDone, !DeliberateFault.skipDataSync.isOn {
            do throws(FileError) {
                try files.syncData(file, telling: observer)
            } catch {
                state.withLock { $0.failedSyncs += 1 }
                if !DeliberateFault.ignoreFailedSync.isOn { throw error }
            }
            state.withLock { $0.syncedThrough = through }
        }
        if !entryIsDurable, !DeliberateFault.skipDirectorySync.isOn {
            try files.syncDirectory(directory)
            state.withLock { $0.entryIsDurable = true }
        }
    }

    /// Compares, and makes no file if there is none: the upload may have ended, and its file gone, meanwhile.
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
            guard count == here.count, UnsafeRawBufferPointer(rebasing: buffer[..<count]).elementsEqual(here) else {
                return false
            }
            position += here.count
        }
        return true
    }

    /// The open file and the number of syncs that had failed by now.
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
