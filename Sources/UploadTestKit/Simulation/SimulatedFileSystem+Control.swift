public import DurableFiles

/// Controls for tests.
extension SimulatedFileSystem {
    /// Sets the random faults from the next call on.
    public func setFaults(_ faults: SimulatedFaults) {
        withDisk { $0.faults = faults }
    }

    /// Makes the next call of this kind fail once with the code. Several injected failures can be pending.
    ///
    /// - Parameters:
    ///   - pathPrefix: Matches only calls on paths with this prefix.
    ///   - pathSuffix: Matches only calls on paths with this suffix.
    ///   - skipping: The number of matching calls to let pass first.
    public func failNext(
        _ call: SimulatedCall, _ code: FileError.Code, pathPrefix: String = "", pathSuffix: String = "",
        skipping: Int = 0
    ) {
        let injection = SimulatedInjection(
            call: call, code: code, pathPrefix: pathPrefix, pathSuffix: pathSuffix, skips: skipping)
        withDisk { $0.injections.append(injection) }
    }

    /// Cancels injected failures that have not happened yet.
    public func cancelInjectedFailures() {
        withDisk { $0.injections = [] }
    }

    /// While the disk is full, no sector is allocated and no name is created; overwriting works.
    public func setFull(_ isFull: Bool) {
        withDisk { $0.isFull = isFull }
    }

    /// Limits the total size of all files in bytes. Files that exceed it already stay.
    public func setCapacity(_ capacity: UInt64?) {
        withDisk { $0.capacity = capacity }
    }

    /// Makes the disk lie: syncs succeed without making anything durable. Proves that a crash test can fail.
    public func setIgnoresSyncs(_ ignoresSyncs: Bool) {
        withDisk { $0.ignoresSyncs = ignoresSyncs }
    }

    // MARK: Crashes

    /// The number of fallible calls so far, across restarts.
    public var step: Int {
        withDisk { $0.step }
    }

    public var hasCrashed: Bool {
        withDisk { $0.isStopped }
    }

    /// Crashes the machine in the call with this step number; nil cancels the crash. A step in the past has no effect.
    public func crash(atStep step: Int?) {
        withDisk { $0.crashStep = step }
    }

    /// Crashes the machine between two calls.
    public func crashNow() {
        withDisk { $0.isStopped = true }
    }

    /// Restarts the machine, whether or not it has crashed: the outcome of unsynced changes is decided, locks are free,
    /// open files are dead. Faults, capacity and pending injected failures stay; a pending crash is cancelled.
    ///
    /// - Parameters:
    ///   - losingUnsynced: False if only the process ended (`kill -9`) and the page cache survives.
    ///   - seed: A new seed for all later choices, so that one history can continue in many ways.
    public func restart(losingUnsynced: Bool = true, seed: UInt64? = nil) {
        withDisk { disk in
            if let seed { disk.random = SeededRandom(seed: seed) }
            disk.restart(losingUnsynced: losingUnsynced)
        }
    }
}

/// Inspection for tests. None of these is a call: they count no step, never fail, and work after a crash.
extension SimulatedFileSystem {
    /// The number of calls of this kind on paths with this prefix, failed ones included.
    public func count(of call: SimulatedCall, pathPrefix: String = "") -> Int {
        withDisk { disk in
            disk.counts.reduce(0) { sum, entry in
                entry.key.call == call && entry.key.path.hasPrefix(pathPrefix) ? sum + entry.value : sum
            }
        }
    }

    public func resetCounts() {
        withDisk { $0.counts = [:] }
    }

    /// The last 200 calls, oldest first.
    public var log: [SimulatedCallRecord] {
        withDisk { $0.log.inOrder }
    }

    /// The log as text, one call on a line, for the comment of a failed expectation.
    public var history: String {
        log.map(\.description).joined(separator: "\n")
    }

    /// The space used by all files in bytes, unlinked open files included.
    public var usedBytes: UInt64 {
        withDisk { UInt64($0.usedSectors * SimulatedContent.sectorBytes) }
    }

    /// All files below a directory, with paths from the root, sorted.
    public func files(under directory: String = "") -> [(path: String, size: UInt64)] {
        withDisk { $0.files(under: directory) }
    }

    /// A file's bytes as reads see them, or nil if there is no such file.
    public func contents(of path: String) -> [UInt8]? {
        withDisk { disk in disk.inode(at: path).map { disk.inodes[$0].content.bytes } }
    }

    // MARK: Damage

    /// Inverts one byte of a file, in memory and on the disk, as a failing medium does.
    ///
    /// - Returns: false if there is no such byte.
    @discardableResult
    public func corrupt(_ path: String, at offset: UInt64) -> Bool {
        withDisk { disk in
            guard let inode = disk.inode(at: path), offset < UInt64(disk.inodes[inode].content.size) else {
                return false
            }
            disk.inodes[inode].content.flip(at: Int(offset))
            return true
        }
    }

    /// Shortens or extends a file durably, bypassing all faults.
    ///
    /// - Returns: false if there is no such file.
    @discardableResult
    public func truncateBehindBack(_ path: String, to size: UInt64) -> Bool {
        withDisk { disk in
            guard let inode = disk.inode(at: path), size <= UInt64(SimulatedDisk.fileBytesMax) else { return false }
            disk.change(inode) { content in
                content.truncate(to: Int(size))
                content.sync()
            }
            return true
        }
    }

    /// Creates a symbolic link durably, bypassing all faults. It leads to itself, so that no call can follow it.
    ///
    /// - Returns: false if there is no such directory, or if the name exists.
    @discardableResult
    public func plantLink(_ path: String) -> Bool {
        withDisk { disk in disk.plantLink(path) }
    }

    /// Removes a file's name durably, bypassing all faults.
    ///
    /// - Returns: false if there is no such file.
    @discardableResult
    public func removeBehindBack(_ path: String) -> Bool {
        withDisk { disk in disk.removeDurably(path) }
    }
}
