import SessionCore

public import UploadTestKit
public import Wharf

/// The real store, opened on a simulated file system, scheduler and clock. SQLite's own files lie on the same file
/// system.
public typealias SimulatedStore = UploadStore<SimulatedFileSystem, SimulatedScheduler, ManualClock>

extension StoreLocation where Files == SimulatedFileSystem, Pool == SimulatedScheduler {
    /// - Parameter directBytesMin: The least bytes of one write that bypass the page cache; nil for never.
    public init(
        _ files: SimulatedFileSystem, _ vfs: SimulatedVFS, _ scheduler: SimulatedScheduler, directBytesMin: Int? = 512
    ) {
        self.init(
            files: files, pool: scheduler, cataloguePool: scheduler.orderedPool(), cataloguePath: "catalogue.db",
            vfs: vfs.name, shards: 2, directBytesMin: directBytesMin)
    }
}
