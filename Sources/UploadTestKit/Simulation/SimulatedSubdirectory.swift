public import DurableFiles

/// The part of a simulated disk below a directory, which has to exist: several stores, or a store and its backup, on one
/// disk that fails and crashes as one.
public struct SimulatedSubdirectory: FileSystem {
    public typealias File = SimulatedFile

    public let disk: SimulatedFileSystem
    /// Without a trailing slash.
    public let path: String

    public init(_ path: String, of disk: SimulatedFileSystem) {
        self.disk = disk
        self.path = path
    }

    private func absolute(_ name: String) -> String { name.isEmpty ? path : path + "/" + name }

    // MARK: FileSystem

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> SimulatedFile {
        try disk.open(absolute(path), mode)
    }

    public func close(_ file: SimulatedFile) { disk.close(file) }
    public func size(_ file: SimulatedFile) throws(FileError) -> UInt64 { try disk.size(file) }

    public func read(
        _ file: SimulatedFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(FileError) -> Int {
        try disk.read(file, into: buffer, at: offset)
    }

    public func write(_ file: SimulatedFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        try disk.write(file, bytes, at: offset)
    }

    public var directAlignment: DirectAlignment? { disk.directAlignment }
    public func openDirect(_ file: SimulatedFile) throws(FileError) -> SimulatedFile? { try disk.openDirect(file) }

    public func truncate(_ file: SimulatedFile, to size: UInt64) throws(FileError) {
        try disk.truncate(file, to: size)
    }

    public func syncData(_ file: SimulatedFile) throws(FileError) { try disk.syncData(file) }
    public func makeDirectory(_ path: String) throws(FileError) { try disk.makeDirectory(absolute(path)) }
    public func syncDirectory(_ path: String) throws(FileError) { try disk.syncDirectory(absolute(path)) }
    public func list(_ path: String) throws(FileError) -> [String] { try disk.list(absolute(path)) }
    public func remove(_ path: String) throws(FileError) -> Bool { try disk.remove(absolute(path)) }

    public func rename(_ path: String, to newPath: String) throws(FileError) {
        try disk.rename(absolute(path), to: absolute(newPath))
    }

    public func link(
        _ path: String, of source: SimulatedSubdirectory, to newPath: String
    ) throws(FileError) -> Bool {
        try disk.link(source.absolute(path), of: source.disk, to: absolute(newPath))
    }

    public func lock(_ path: String) throws(FileError) -> SimulatedFile { try disk.lock(absolute(path)) }
    public func bootId() -> String { disk.bootId() }
    public func freeBytes() throws(FileError) -> UInt64 { try disk.freeBytes() }

    public func allocate(_ file: SimulatedFile, _ size: UInt64) throws(FileError) {
        try disk.allocate(file, size)
    }

    public func isAt(_ path: String, _ file: SimulatedFile) throws(FileError) -> Bool {
        try disk.isAt(absolute(path), file)
    }

    public func syncFileSystems(holding directories: [String]) throws(FileError) {
        try disk.syncFileSystems(holding: directories.map(absolute))
    }
}
