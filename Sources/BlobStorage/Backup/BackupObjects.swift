package import DurableFiles
package import UploadCore

/// The objects of a backup: files with the names that they have in the store, in another directory.
///
/// Committed objects never change, so a second name of the file is a copy (until the disk fails). Objects of pending
/// uploads are written to, so that their durable ranges are copied. A name always leads to a complete object: copies
/// are renamed into place.
package struct BackupObjects<Files: FileSystem, Pool: BlockingPool>: Sendable {
    /// A failed call on the backup's directory. Failures of the store are outcomes instead.
    package typealias Failure = FileError

    /// What an earlier catalogue of the same backup says about an object.
    package enum Former: Hashable, Sendable {
        case unknown
        /// A whole object: a file of its length is complete.
        case whole
        /// An object with gaps that may be written to if that catalogue is restored. Its file must not become a second
        /// name of one in the store.
        case pending
    }

    package enum Outcome: Hashable, Sendable {
        /// Not needed: an object without bytes.
        case none
        case kept
        case linked
        case copied(bytes: UInt64)
        /// The object of the store is missing, too short or unreadable; the backup's is as before.
        case damaged(String)
        /// A call on the object of the store failed for another reason, which may pass.
        case failed(FileError)

        /// A failed call on an object of the store.
        init(_ error: FileError) {
            switch error.code {
            case .notFound: self = .damaged("\(error.path) is missing")
            case .io, .symbolicLink: self = .damaged(error.description)
            default: self = .failed(error)
            }
        }
    }

    let store: FileBlobStore<Files, Pool>
    let target: Files
    /// Whether a second name may stand for a copy.
    let links: Bool
    /// Copies leave this much space on the disk.
    let freeBytesMin: UInt64

    package init(of store: FileBlobStore<Files, Pool>, in target: Files, links: Bool, freeBytesMin: UInt64) {
        self.store = store
        self.target = target
        self.links = links
        self.freeBytesMin = freeBytesMin
    }

    private var layout: ObjectLayout { store.layout }
    private var pool: Pool { store.pool }

    /// Creates missing directories.
    package func prepare() async throws(FileError) {
        let (target, layout) = (target, layout)
        try await pool.run { () throws(FileError) in
            for directory in [ObjectLayout.root] + layout.allDirectories { try target.makeDirectory(directory) }
        }
    }

    /// Provides an object whose bytes never change.
    package func provide(_ key: ObjectKey, length: UInt64, former: Former) async throws(FileError) -> Outcome {
        if length == 0 { return .none }
        let (source, target, path, links) = (store.files, target, layout.path(of: key), links)
        let isDurable = store.durability == .powerLoss
        let outcome: Outcome? = try await pool.run { () throws(FileError) in
            let existing = try target.size(at: path)
            if former == .whole, existing == length { return .kept }
            if let problem = Self.problem(source, path, length) { return problem }
            guard links, former != .pending else { return nil }
            // No catalogue refers to it, or as to a whole object that it is not.
            if existing != nil { _ = try target.remove(path) }
            guard try target.link(path, of: source, to: path) else { return nil }
            if !isDurable { try Self.sync(target, path) }
            return .linked
        }
        if let outcome { return outcome }
        return try await copy(key, [0..<length])
    }

    /// Provides the durable ranges of an object that is written to.
    package func provide(_ key: ObjectKey, ranges: [Range<UInt64>]) async throws(FileError) -> Outcome {
        ranges.isEmpty ? .none : try await copy(key, ranges)
    }

    /// Makes all names durable.
    package func syncNames() async throws(FileError) {
        let (target, layout) = (target, layout)
        try await pool.run { () throws(FileError) in
            for directory in layout.allDirectories + [ObjectLayout.root] { try target.syncDirectory(directory) }
        }
    }

    /// Removes all other objects, and unfinished copies. Files with other names stay.
    ///
    /// - Returns: The keys of the removed objects.
    package func removeAll(except keys: Set<ObjectKey>) async throws(FileError) -> [ObjectKey] {
        var removed: [ObjectKey] = []
        for shard in 0..<layout.shards {
            let (target, layout) = (target, layout)
            removed += try await pool.run { () throws(FileError) in
                let directory = layout.directory(shard)
                var removed: [ObjectKey] = []
                var isChanged = false
                for name in try target.list(directory) {
                    let isUnfinished = name.hasSuffix(Self.unfinishedSuffix)
                    let object = isUnfinished ? String(name.dropLast(Self.unfinishedSuffix.count)) : name
                    guard let key = layout.key(named: object, inShard: shard), isUnfinished || !keys.contains(key)
                    else { continue }
                    isChanged = try target.remove(directory + "/" + name) || isChanged
                    if !isUnfinished { removed.append(key) }
                }
                if isChanged { try target.syncDirectory(directory) }
                return removed
            }
        }
        return removed
    }

    // MARK: - Blocking

    static var unfinishedSuffix: String { ".new" }

    /// Why an object of the store cannot be used; nil if it can.
    private static func problem(_ source: Files, _ path: String, _ length: UInt64) -> Outcome? {
        do throws(FileError) {
            guard let size = try source.size(at: path) else {
                return .damaged("\(path) is missing")
            }
            return size == length ? nil : .damaged("\(path) has \(size) of \(length) bytes")
        } catch {
            return Outcome(error)
        }
    }

    private static func sync(_ files: Files, _ path: String) throws(FileError) {
        let file = try files.open(path, .read)
        defer { files.close(file) }
        try files.syncData(file)
    }
}
