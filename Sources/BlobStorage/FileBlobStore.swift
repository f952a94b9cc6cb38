public import DurableFiles
public import SessionCore
import Synchronization
public import UploadCore

/// Stores each object as a file below a directory; see `ObjectLayout` for the names.
///
///     let store = FileBlobStore(files: files, pool: pool, durability: .powerLoss)
///     try await store.prepare()
///     let sink = store.sink(for: meta, spec, hasDurableBytes: false)
///     try await sink.write(bytes, at: 0, nil)
///     try await sink.sync()
///     sink.close()
public final class FileBlobStore<Files: FileSystem, Pool: BlockingPool>: BlobStoreMaintenance {
    let files: Files
    let pool: Pool
    let durability: Durability
    let layout: ObjectLayout
    let observer: (any StoreObserver)?
    let admission: (any WriteAdmission)?
    let scanStepBytes: UInt64
    public let hashPairing: (any HashPairing)?
    private let directWriting: DirectWriting?
    private let directUploadBytesMin: UInt64
    /// The objects with open sinks, and the number of these.
    private let open = Mutex<[ObjectKey: (file: ObjectFile<Files>, sinks: Int)]>([:])

    /// - Parameters:
    ///   - shards: The number of directories that share the files, 1 to 256. Part of the store's format: constant.
    ///   - observer: Notified of every sync of data.
    ///   - admission: Admits writes of bytes; nil for no limit but the disk's.
    ///   - scanStepBytes: The bytes that a job of the pool reads to hash or to verify them.
    ///   - hashPairing: Hashes the buffers of several threads together; nil to hash each by itself.
    ///   - directBytesMin: The least bytes of one write that bypass the page cache at `powerLoss`, where the file system and
    ///     the alignment of the bytes permit it; nil for never.
    ///   - directUploadBytesMin: Bytes of uploads that are known to be smaller are never written so: photos are read back at
    ///     once, for their derivatives.
    public init(
        files: Files, pool: Pool, durability: Durability, shards: Int = 256, observer: (any StoreObserver)? = nil,
        admission: (any WriteAdmission)? = nil, scanStepBytes: UInt64 = 8 << 20,
        hashPairing: (any HashPairing)? = nil, directBytesMin: Int? = nil,
        directUploadBytesMin: UInt64 = 0
    ) {
        self.files = files
        self.pool = pool
        self.durability = durability
        layout = ObjectLayout(shards: shards)
        self.observer = observer
        self.admission = admission
        self.scanStepBytes = scanStepBytes
        self.hashPairing = hashPairing
        directWriting = directBytesMin.map { DirectWriting(bytesMin: $0) }
        self.directUploadBytesMin = directUploadBytesMin
    }

    /// Creates missing directories, durably. Renames `set-aside/`, the quarantine up to format 2, to `quarantine/`.
    ///
    /// - Throws: `store_corrupt` if one of the directories is a symbolic link, `store_full`, `unavailable`.
    public func prepare() async throws(UploadError) {
        let (files, layout) = (files, layout)
        try await onPool { () throws(FileError) in
            let names = Set(try files.list(""))
            if names.contains(ObjectLayout.formerQuarantine), !names.contains(ObjectLayout.quarantine) {
                try files.rename(ObjectLayout.formerQuarantine, to: ObjectLayout.quarantine)
            }
            try files.makeDirectory(ObjectLayout.root)
            try files.makeDirectory(ObjectLayout.quarantine)
            // Also those that exist: a link in the place of one would be followed to its objects.
            for directory in layout.allDirectories { try files.makeDirectory(directory) }
            // Every time: a crash may have left names that were never synced.
            try files.syncDirectory(ObjectLayout.root)
            try files.syncDirectory("")
        }
    }

    /// Whether any file is in the directories of the objects. Blocks.
    ///
    /// - Throws: `unavailable`.
    package func holdsFiles() throws(UploadError) -> Bool {
        try UploadError.translating { () throws(FileError) in
            for directory in layout.allDirectories where try !files.list(directory).isEmpty { return true }
            return false
        }
    }

    /// Syncs all objects and directory entries, including unsynced writes of earlier processes. Blocks.
    ///
    /// - Throws: `store_full`, `unavailable`.
    package func makeDurable() throws(UploadError) {
        let directories = ["", ObjectLayout.root] + layout.allDirectories
        try UploadError.translating { () throws(FileError) in try files.syncFileSystems(holding: directories) }
    }

    public func sink(
        for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool
    ) -> FileUploadSink<Files, Pool> {
        let isLarge = (spec.expectedBytes ?? .max) >= directUploadBytesMin
        let file = open.withLock { open in
            let file =
                open[meta.key]?.file
                ?? ObjectFile(
                    files: files, pool: pool, path: layout.path(of: meta.key),
                    directory: layout.directory(layout.shard(of: meta.key)), durability: durability,
                    entryIsDurable: hasDurableBytes, observer: observer,
                    directWriting: isLarge ? directWriting : nil)
            open[meta.key] = (file, (open[meta.key]?.sinks ?? 0) + 1)
            return file
        }
        return FileUploadSink(self, meta.key, file, spec)
    }

    /// Called once by each sink when it is closed. The object's file is closed after its last sink.
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

/// The paths of objects: `bytes/<shard>/<key>` in lower-case hexadecimal, where the shard is the key's first byte
/// modulo the number of shards. Quarantined files are in `quarantine/`.
struct ObjectLayout: Hashable, Sendable {
    static let root = "bytes"
    static let quarantine = "quarantine"
    static let formerQuarantine = "set-aside"

    let shards: Int

    func shard(of key: ObjectKey) -> Int {
        Int(key.digest.bytes[0]) % shards
    }

    func directory(_ shard: Int) -> String {
        let digits = String(shard, radix: 16)
        return Self.root + "/" + (digits.utf8.count < 2 ? "0" + digits : digits)
    }

    var allDirectories: [String] { (0..<shards).map(directory) }

    func path(of key: ObjectKey) -> String {
        directory(shard(of: key)) + "/" + key.digest.hex
    }

    /// The key of a file; nil if the name is not a key or belongs in another shard.
    func key(named name: String, inShard shard: Int) -> ObjectKey? {
        guard name == name.lowercased(), let digest = Digest(hex: name) else { return nil }
        let key = ObjectKey(digest)
        return self.shard(of: key) == shard ? key : nil
    }
}

extension UploadError {
    /// Translates a failed call on an object's file. Only bytes that were durable before the call count.
    init(_ error: FileError) {
        switch error.code {
        case .noSpace: self.init(.storeFull)
        // Calls that do not create the file expect it to exist, and the store makes no links.
        case .notFound, .symbolicLink: self.init(.storeCorrupt(detail: error.description))
        case .locked, .permission, .tooManyOpenFiles, .io, .invalid, .other, .crashed:
            self.init(.unavailable(detail: error.description))
        }
    }

    package static func translating(_ body: () async throws(FileError) -> Void) async throws(UploadError) {
        do throws(FileError) {
            try await body()
        } catch {
            throw UploadError(error)
        }
    }

    package static func translating<Value>(_ body: () throws(FileError) -> Value) throws(UploadError) -> Value {
        do throws(FileError) {
            return try body()
        } catch {
            throw UploadError(error)
        }
    }
}
