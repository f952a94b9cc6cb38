public import DurableFiles
import Synchronization

/// An open file of a `SimulatedFileSystem`. It is dead after a restart.
public struct SimulatedFile: Hashable, Sendable {
    let number: Int
    let generation: Int
}

/// An in-memory file system with fault injection: its seed decides which calls fail, and which changes a crash tears,
/// reorders or drops.
///
/// The fault model:
/// - **Bytes.** Reads see what was written. The unit of durability is the sector of 512 bytes. After a power loss, each
///   sector changed since the last successful `syncData` of its file independently has its bytes at that sync, its
///   current bytes, or a version in between. The file's size is the durable one, the current one, or one in between. A
///   cut survives as a whole, or nothing after it survives. Within the size, sectors that did not survive read as
///   zeros. Sectors are atomic, and a write never damages the bytes next to its own.
/// - **Direct writes** are atomic and durable by sector like any other: without a `syncData` the device may still have them in
///   its own cache. They have to be aligned to sectors, in any memory.
/// - **Names.** After a power loss, each name created or removed since the last `syncDirectory` of its directory is
///   independently in one of its states since then: a new file may vanish, a removed one may be back. The target of a
///   lost name, a file's bytes or a whole directory, is gone, whatever was synced below it.
/// - **Failed syncs.** A failed `syncData` makes an arbitrary subset of the changed sectors durable, every fourth time
///   all of them, and *forgets that the others changed*: reads still see them, but no later sync makes them durable,
///   only another write does (like Linux after an EIO: the "fsyncgate"). The same holds for the size. A failed
///   `syncDirectory` makes an arbitrary subset of the changes durable; the others stay pending.
/// - **Failures.** A failed write may have written any number of its first bytes. Other calls that fail at random had
///   all of their effect or none; those that fail by `failNext`, and are not a write or a sync, had none.
/// - **Links.** Hard links are names of one file, each as durable as its directory's last sync. No call makes a symbolic
///   link. A planted one (`plantLink`) leads to itself; every call that would follow it fails.
/// - **Space.** Files take whole sectors; holes take none. Overwriting never fails for lack of space.
/// - **Crashes.** From the call in which the machine crashes, every call throws `crashed` until `restart`. That call
///   may have had its effect, or part of it. A restart after a power loss applies the rules above; a restart of the
///   process alone keeps everything, and unsynced changes stay unsynced. Either way all locks are free and all open
///   files dead.
/// Every fallible call is a *step*; `close` is not one. All choices derive from the seed and the sequence of calls, so
/// the same seed and sequence give the same history.
public final class SimulatedFileSystem: FileSystem {
    public typealias File = SimulatedFile

    private let disk: Mutex<SimulatedDisk>
    private let pauses = Mutex(Pauses())

    private struct Pauses {
        var point: (@Sendable () -> Void)?
    }

    /// - Parameter capacity: The maximum total size of all files in bytes; nil for no limit.
    public init(seed: UInt64, faults: SimulatedFaults = .none, capacity: UInt64? = nil) {
        disk = Mutex(SimulatedDisk(seed: seed, faults: faults, capacity: capacity))
    }

    /// Reads or changes the state, outside the sequence of calls.
    func withDisk<Value: Sendable>(_ body: (inout SimulatedDisk) -> Value) -> Value {
        disk.withLock { disk in body(&disk) }
    }

    /// Sets what is called before and after each call but `open`, `openDirect` and `close`, outside all locks of the file
    /// system: for `SimulatedScheduler.pausePoint`. The first two have none, because an object is opened under the lock of
    /// its descriptor.
    public func setPausePoint(_ body: (@Sendable () -> Void)?) {
        pauses.withLock { $0.point = body }
    }

    /// Performs one call and logs its outcome.
    private func call<Value: Sendable>(
        _ body: (inout SimulatedDisk) throws(FileError) -> Value
    ) throws(FileError) -> Value {
        let pause = pauses.withLock { $0.point }
        pause?()
        defer { pause?() }
        return try perform(body)
    }

    private func perform<Value: Sendable>(
        _ body: (inout SimulatedDisk) throws(FileError) -> Value
    ) throws(FileError) -> Value {
        try disk.withLock { disk throws(FileError) in
            do throws(FileError) {
                let value = try body(&disk)
                disk.log.succeed()
                return value
            } catch {
                disk.log.fail(error.code)
                throw error
            }
        }
    }

    // MARK: FileSystem

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> SimulatedFile {
        try perform { disk throws(FileError) in
            switch mode {
            case .read: try disk.open(path, writable: false, creating: false)
            case .readWrite: try disk.open(path, writable: true, creating: false)
            case .readWriteCreating: try disk.open(path, writable: true, creating: true)
            case .creatingNew: try disk.open(path, writable: true, creating: true, exclusive: true)
            }
        }
    }

    /// A second close of the same file does nothing.
    public func close(_ file: SimulatedFile) {
        withDisk { $0.close(file) }
    }

    public func size(_ file: SimulatedFile) throws(FileError) -> UInt64 {
        try call { disk throws(FileError) in try disk.size(file) }
    }

    public func read(
        _ file: SimulatedFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(FileError) -> Int {
        try call { disk throws(FileError) in try disk.read(file, into: buffer, at: offset) }
    }

    public func write(_ file: SimulatedFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        try call { disk throws(FileError) in try disk.write(file, bytes, at: offset) }
    }

    public var directAlignment: DirectAlignment? { SimulatedDisk.directAlignment }

    /// Without a pause, as `open`.
    public func openDirect(_ file: SimulatedFile) throws(FileError) -> SimulatedFile? {
        try perform { disk throws(FileError) in try disk.openDirect(file) }
    }

    public func bootId() -> String {
        withDisk { "boot \($0.boots)" }
    }

    public func truncate(_ file: SimulatedFile, to size: UInt64) throws(FileError) {
        try call { disk throws(FileError) in try disk.truncate(file, to: size) }
    }

    public func syncData(_ file: SimulatedFile) throws(FileError) {
        try call { disk throws(FileError) in try disk.syncData(file) }
    }

    public func makeDirectory(_ path: String) throws(FileError) {
        try call { disk throws(FileError) in try disk.makeDirectory(path) }
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        try call { disk throws(FileError) in try disk.syncDirectory(path) }
    }

    public func list(_ path: String) throws(FileError) -> [String] {
        try call { disk throws(FileError) in try disk.list(path) }
    }

    public func remove(_ path: String) throws(FileError) -> Bool {
        try call { disk throws(FileError) in try disk.remove(path) }
    }

    public func rename(_ path: String, to newPath: String) throws(FileError) {
        try call { disk throws(FileError) in try disk.rename(path, to: newPath) }
    }

    /// False for another disk.
    public func link(
        _ path: String, of source: SimulatedFileSystem, to newPath: String
    ) throws(FileError) -> Bool {
        guard source === self else { return false }
        try call { disk throws(FileError) in try disk.link(path, to: newPath) }
        return true
    }

    public func lock(_ path: String) throws(FileError) -> SimulatedFile {
        try call { disk throws(FileError) in try disk.lock(path) }
    }

    public func freeBytes() throws(FileError) -> UInt64 {
        try call { disk throws(FileError) in try disk.freeBytes() }
    }

    public func allocate(_ file: SimulatedFile, _ size: UInt64) throws(FileError) {
        try call { disk throws(FileError) in try disk.allocate(file, size) }
    }

    public func isAt(_ path: String, _ file: SimulatedFile) throws(FileError) -> Bool {
        try call { disk throws(FileError) in try disk.isAt(path, file) }
    }

    public func syncFileSystems(holding directories: [String]) throws(FileError) {
        try call { disk throws(FileError) in try disk.syncFileSystems(directories) }
    }
}
