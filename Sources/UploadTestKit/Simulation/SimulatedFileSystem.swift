public import DurableFiles
import Synchronization

/// An open file of a `SimulatedFileSystem`. It is dead once its machine has been restarted.
public struct SimulatedFile: Hashable, Sendable {
    let number: Int
    let generation: Int
}

/// A machine's file system in memory, which tears, reorders, drops, fails and crashes as its seed decides.
///
/// The fault model:
/// - **Bytes.** Reads see what was written. Durability has a unit of 512 bytes, the sector. When power is lost, each
///   sector that changed since the last successful `syncData` of its file is, independently of the others, what it was
///   at that sync, what it is now, or one of the versions in between. The file's size is the durable one, the present
///   one, or one that lies between; a cut is there as a whole, or nothing that came after it is. Within the size,
///   sectors that did not survive read as zeros. Sectors are atomic, and a write never harms bytes next to its own.
/// - **Names.** When power is lost, each name that was made or removed since the last `syncDirectory` of its directory
///   is, independently, in one of the states it was in since: a new file may vanish, a removed one may be back. What a
///   lost name stood for, a file's bytes or a whole directory, is gone, whatever was synced below it.
/// - **Failed syncs.** A `syncData` that fails makes any of the changed sectors durable and *forgets that the others
///   changed*: reads still see them, but no later sync makes them durable, only writing them again does (as Linux
///   behaves after an EIO: the "fsyncgate"). The same holds for the size. A `syncDirectory` that fails makes any of the
///   changes durable; the others stay pending.
/// - **Failures.** A write that fails may have written any number of its first bytes. Other calls that fail at random
///   may have had their effect or not; those that fail by `failNext`, and are not a write or a sync, had none.
/// - **Room.** Files take whole sectors; holes take none. Overwriting never fails for want of room.
/// - **Crashes.** From the call on at which the machine stops, every call throws `crashed` until `restart`. The call
///   itself may have had its effect, or part of it. A restart with power lost applies the rules above; one that only
///   ends the process keeps everything, and what was not durable still is not. Either way all locks are free and all
///   open files dead.
///
/// Every call that can fail is a *step*; `close` is none. All choices come from the seed and the sequence of calls, so
/// that one seed and one sequence is one history.
public final class SimulatedFileSystem: FileSystem {
    public typealias File = SimulatedFile

    private let disk: Mutex<SimulatedDisk>

    /// - Parameter capacity: what all files together may take, in bytes; nil is without a limit.
    public init(seed: UInt64, faults: SimulatedFaults = .none, capacity: UInt64? = nil) {
        disk = Mutex(SimulatedDisk(seed: seed, faults: faults, capacity: capacity))
    }

    /// Reads or changes the state, outside the sequence of calls.
    func withDisk<Value: Sendable>(_ body: (inout SimulatedDisk) -> Value) -> Value {
        disk.withLock { disk in body(&disk) }
    }

    /// One call, with its end in the log.
    private func call<Value: Sendable>(
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
        try call { disk throws(FileError) in
            switch mode {
            case .read: try disk.open(path, writable: false, creating: false)
            case .readWrite: try disk.open(path, writable: true, creating: false)
            case .readWriteCreating: try disk.open(path, writable: true, creating: true)
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

    public func lock(_ path: String) throws(FileError) -> SimulatedFile {
        try call { disk throws(FileError) in try disk.lock(path) }
    }
}
