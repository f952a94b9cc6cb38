import DeliberateFaults
public import DurableFiles
public import SessionCore
import Synchronization
public import UploadCore

/// Objects as files of a directory, one each. See `ObjectLayout` for their names.
public final class FileBlobStore<Files: FileSystem, Pool: BlockingPool>: BlobStore {
    let files: Files
    let pool: Pool
    let durability: Durability
    let layout: ObjectLayout
    let observer: (any StoreObserver)?
    /// Files that are being written, and by how many sinks.
    private let open = Mutex<[ObjectKey: (file: ObjectFile<Files>, sinks: Int)]>([:])

    /// - Parameters:
    ///   - shards: How many directories share the files: 1 to 256, for ever the same in one store.
    ///   - observer: Is told of every sync of data.
    public init(
        files: Files, pool: Pool, durability: Durability, shards: Int = 256, observer: (any StoreObserver)? = nil
    ) {
        self.files = files
        self.pool = pool
        self.durability = durability
        layout = ObjectLayout(shards: shards)
        self.observer = observer
    }

    /// Makes the directories that are missing, durably.
    ///
    /// - Throws: `store_full`, `unavailable`.
    public func prepare() async throws(UploadError) {
        let (files, layout) = (files, layout)
        try await onPool { () throws(FileError) in
            try files.makeDirectory(ObjectLayout.root)
            try files.makeDirectory(ObjectLayout.quarantine)
            let present = Set(try files.list(ObjectLayout.root).map { ObjectLayout.root + "/" + $0 })
            for shard in 0..<layout.shards where !present.contains(layout.directory(shard)) {
                try files.makeDirectory(layout.directory(shard))
            }
            // A crash may have left names that were never synced, so this is done every time.
            try files.syncDirectory(ObjectLayout.root)
            try files.syncDirectory("")
        }
    }

    public func sink(
        for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool
    ) -> FileUploadSink<Files, Pool> {
        let file = open.withLock { open in
            let file =
                open[meta.key]?.file
                ?? ObjectFile(
                    files: files, pool: pool, path: layout.path(of: meta.key),
                    directory: layout.directory(layout.shard(of: meta.key)), durability: durability,
                    entryIsDurable: hasDurableBytes, observer: observer)
            open[meta.key] = (file, (open[meta.key]?.sinks ?? 0) + 1)
            return file
        }
        return FileUploadSink(self, meta.key, file, spec)
    }

    /// Called by each sink when it is closed; the object's file goes away with its last sink.
    func release(_ key: ObjectKey) {
        open.withLock { open in
            guard let entry = open[key] else { return }
            open[key] = entry.sinks > 1 ? (entry.file, entry.sinks - 1) : nil
        }
    }

    func onPool<Value: Sendable>(
        _ body: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(UploadError) -> Value {
        try await pool.run { () throws(UploadError) in try UploadError.translating(body) }
    }
}
