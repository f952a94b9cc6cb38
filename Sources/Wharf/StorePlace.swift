public import DurableFiles

/// Where a store is and how it is reached.
public struct StorePlace<Files: FileSystem, Pool: BlockingPool>: Sendable {
    /// Rooted at the store's directory.
    public let files: Files
    /// Does the work on objects.
    public let pool: Pool
    /// One thread, in order: does the work on the catalogue.
    public let cataloguePool: any BlockingPool
    /// The catalogue's database, as its VFS names it.
    public let cataloguePath: String
    /// The SQLite VFS; nil for the system's own.
    public let vfs: String?
    /// Directories that share the objects; part of the store's format, and 256 outside of simulations.
    let shards: Int

    package init(
        files: Files, pool: Pool, cataloguePool: any BlockingPool, cataloguePath: String, vfs: String?, shards: Int
    ) {
        self.files = files
        self.pool = pool
        self.cataloguePool = cataloguePool
        self.cataloguePath = cataloguePath
        self.vfs = vfs
        self.shards = shards
    }

    /// A store in a directory that `files` is rooted at.
    public init(files: Files, directory: String, pool: Pool, cataloguePool: any BlockingPool) {
        self.init(
            files: files, pool: pool, cataloguePool: cataloguePool, cataloguePath: directory + "/catalogue.db",
            vfs: nil,
            shards: 256)
    }
}
