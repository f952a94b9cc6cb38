import DurableFiles

/// Reads files that are small compared with memory.
enum SmallFile {
    /// All bytes of a file. Blocks.
    ///
    /// - Throws: code `invalid` if it has more than `maximum`.
    static func bytes(at path: String, atMost maximum: UInt64) throws(FileError) -> [UInt8] {
        try content(at: path, atMost: maximum).bytes
    }

    /// All bytes of a file, and the permissions of the file that had them. Blocks, for a pipe as `Pipes.readInTime` does.
    ///
    /// - Throws: code `invalid` if it has more than `maximum`; code `other` for a device, and for a pipe whose end does not
    ///   come in time.
    static func content(
        at path: String, atMost maximum: UInt64
    ) throws(FileError) -> (bytes: [UInt8], permissions: FilePermissions) {
        let location = FileLocation(path)
        return try location.directory.contents(of: location.name, atMost: maximum, pipes: .readInTime)
    }
}

extension FilePermissions {
    /// Why a file that decides who is admitted must not be used; nil if only the user of this process may write to it.
    var exposure: String? {
        guard isWritableByOthers(than: POSIXFileSystem.currentUser) else { return nil }
        return "other users may write to it (owner \(user), mode \(octalMode)), and could admit themselves; change the "
            + "owner or the mode"
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
