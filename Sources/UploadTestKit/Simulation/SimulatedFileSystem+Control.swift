public import DurableFiles

/// What a test does to the machine.
extension SimulatedFileSystem {
    /// The random failures from the next call on.
    public func setFaults(_ faults: SimulatedFaults) {
        withDisk { $0.faults = faults }
    }

    /// The next call of this kind fails with the code, once; a test may ask for several.
    ///
    /// - Parameters:
    ///   - pathPrefix: counts only calls on paths that begin so.
    ///   - pathSuffix: counts only calls on paths that end so.
    ///   - skipping: how many such calls work before the one that fails.
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

    /// While the disk is full, nothing new is allocated and no name is made; overwriting works.
    public func setFull(_ isFull: Bool) {
        withDisk { $0.isFull = isFull }
    }

    /// What all files together may take, in bytes. Files that take more already stay.
    public func setCapacity(_ capacity: UInt64?) {
        withDisk { $0.capacity = capacity }
    }

    /// A disk that lies: syncs succeed and make nothing durable. For proving that a crash test can fail.
    public func setIgnoresSyncs(_ ignoresSyncs: Bool) {
        withDisk { $0.ignoresSyncs = ignoresSyncs }
    }

    // MARK: Crashes

    /// Calls so far that could fail, over all restarts.
    public var step: Int {
        withDisk { $0.step }
    }

    public var hasCrashed: Bool {
        withDisk { $0.isStopped }
    }

    /// Stops the machine in the call that is step number `step`; nil takes it back. A step in the past never comes.
    public func crash(atStep step: Int?) {
        withDisk { $0.crashStep = step }
    }

    /// Stops the machine between two calls.
    public func crashNow() {
        withDisk { $0.isStopped = true }
    }

    /// Brings the machine back, whether or not it had stopped: what was not durable is decided, locks are free, open
    /// files are dead. Faults, capacity and failures still to come stay as they are; a crash still to come is off.
    ///
    /// - Parameters:
    ///   - losingUnsynced: false if only the process ended (`kill -9`) and the system's cache lived on.
    ///   - seed: a new one for all choices from here on, so that one history can be continued in many ways.
    public func restart(losingUnsynced: Bool = true, seed: UInt64? = nil) {
        withDisk { disk in
            if let seed { disk.random = SeededRandom(seed: seed) }
            disk.restart(losingUnsynced: losingUnsynced)
        }
    }
}

/// What a test sees of the machine. None of these is a call: they count no step, fail never, and work after a crash.
extension SimulatedFileSystem {
    /// How many calls of the kind there were, failed ones included, on paths that begin so.
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

    /// The last 200 calls, the latest one last.
    public var log: [SimulatedCallRecord] {
        withDisk { $0.log.inOrder }
    }

    /// The log as text, one call on a line, for the comment of a failed expectation.
    public var history: String {
        log.map(\.description).joined(separator: "\n")
    }

    /// What all files take, open ones without a name included, in bytes.
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

    /// Shortens or extends a file durably, past all faults.
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

    /// Removes a file's name durably, past all faults.
    ///
    /// - Returns: false if there is no such file.
    @discardableResult
    public func removeBehindBack(_ path: String) -> Bool {
        withDisk { disk in disk.removeDurably(path) }
    }
}
