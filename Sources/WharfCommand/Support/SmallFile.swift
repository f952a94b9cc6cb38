import DurableFiles

/// The directory of a file and its name in that directory.
struct FileLocation: Sendable {
    let directory: POSIXFileSystem
    let name: String

    init(_ path: String) {
        guard let slash = path.lastIndex(of: "/") else {
            directory = POSIXFileSystem(root: "")
            name = path
            return
        }
        directory = POSIXFileSystem(root: slash == path.startIndex ? "/" : String(path[..<slash]))
        name = String(path[path.index(after: slash)...])
    }
}

/// Reads files that are small compared with memory.
enum SmallFile {
    /// All bytes of a file. Blocks.
    ///
    /// - Throws: code `invalid` if it has more than `maximum`.
    static func bytes(at path: String, atMost maximum: UInt64) throws(FileError) -> [UInt8] {
        let location = FileLocation(path)
        let file = try location.directory.open(location.name, .read)
        defer { location.directory.close(file) }
        return try location.directory.readAll(file, atMost: maximum)
    }
}

extension POSIXFileSystem {
    /// All bytes of a small file.
    ///
    /// - Throws: code `invalid` if it has more than `maximum`.
    func readAll(_ file: POSIXFile, atMost maximum: UInt64) throws(FileError) -> [UInt8] {
        let size = try size(file)
        guard size <= maximum else { throw FileError(.invalid, call: "read", path: root) }
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            do throws(FileError) {
                count = try read(file, into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// Runs a blocking file operation on a thread that may block.
func blocking<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    try await blockingThreads.run(body)
}

/// Few threads, started with the first operation: reading settings, tokens and directories is rare.
private let blockingThreads = ThreadPool(name: "wharf-files", threads: 4)
