import DurableFiles

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

/// Runs a blocking file operation on a thread that may block.
func blocking<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    try await blockingThreads.run(body)
}

/// Few threads, started with the first operation: reading settings, tokens and directories is rare.
private let blockingThreads = ThreadPool(name: "wharf-files", threads: 4)
