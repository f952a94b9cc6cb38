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
