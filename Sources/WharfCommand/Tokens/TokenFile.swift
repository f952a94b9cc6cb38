import DurableFiles
import UploadHTTP

/// The token file: principals and the hashes of their tokens. All calls block.
///
/// A change writes a new file and renames it over the old one once it is durable, so that a server that reads it at any
/// moment reads either version as a whole. Owner and group stay; a group that may read the file may read the new one.
///
/// Root may change a file in a directory of another user: neither the lock nor the new file is opened through a name that
/// this user could have prepared.
struct TokenFile: Sendable {
    static let bytesMax: UInt64 = 64 << 20
    static let newPermissions: UInt32 = 0o600

    /// Follows symbolic links, for reading.
    private let linked: POSIXFileSystem
    /// Follows none.
    private let directory: POSIXFileSystem
    private let name: String
    let path: String

    init(path: String) {
        self.path = path
        let location = FileLocation(path)
        (linked, name) = (location.directory, location.name)
        directory = POSIXFileSystem(root: linked.root)
    }

    /// - Throws: `TokenFileError`, also if the file does not exist, or if other users may write to it.
    func read() throws(TokenFileError) -> TokenTable {
        guard let content = try content(in: linked, pipes: .readInTime) else {
            throw TokenFileError("\(path): there is no such file")
        }
        if let exposure = content.permissions.exposure { throw TokenFileError("\(path): \(exposure)") }
        return try table(content.text)
    }

    /// All entries, for the one who manages the file.
    func entries() throws(TokenFileError) -> [TokenTable.Entry] {
        guard let content = try content(in: linked, pipes: .readInTime) else {
            throw TokenFileError("\(path): there is no such file")
        }
        return try table(content.text).entries
    }

    /// Adds an entry; creates the file if it does not exist.
    func add(_ entry: TokenTable.Entry) throws(TokenFileError) {
        try change { text throws(TokenFileError) in
            let old = text ?? "# Tokens of Wharf: PRINCIPAL sha256:HEX [operator]\n"
            let new = old + (old.isEmpty || old.hasSuffix("\n") ? "" : "\n") + entry.line + "\n"
            _ = try table(new)
            return new
        }
    }

    /// Removes the entries that match; all other lines stay unchanged.
    ///
    /// - Returns: The removed entries. If there are none, the file is not written.
    func remove(where isRemoved: (TokenTable.Entry) -> Bool) throws(TokenFileError) -> [TokenTable.Entry] {
        var removed: [TokenTable.Entry] = []
        try change { text throws(TokenFileError) in
            guard let text else { throw TokenFileError("\(path): there is no such file") }
            _ = try table(text)
            var kept: [Substring] = []
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                guard let entry = try? TokenTable.entry(in: line, number: 0), isRemoved(entry) else {
                    kept.append(line)
                    continue
                }
                removed.append(entry)
            }
            return removed.isEmpty ? nil : kept.joined(separator: "\n")
        }
        return removed
    }

    // MARK: -

    private func table(_ text: String) throws(TokenFileError) -> TokenTable {
        do throws(TokenTableError) {
            return try TokenTable(parsing: text)
        } catch {
            throw TokenFileError("\(path): \(error)")
        }
    }

    private struct Content {
        let text: String
        let permissions: FilePermissions
    }

    /// The whole file; nil if it does not exist.
    private func content(in files: POSIXFileSystem, pipes: POSIXFileSystem.Pipes) throws(TokenFileError) -> Content? {
        let found = try failing { () throws(FileError) -> (bytes: [UInt8], permissions: FilePermissions)? in
            do throws(FileError) {
                return try files.contents(of: name, atMost: Self.bytesMax, pipes: pipes)
            } catch {
                guard error.code == .notFound else { throw error }
                return nil
            }
        }
        guard let found else { return nil }
        guard let text = String(validating: found.bytes, as: UTF8.self) else {
            throw TokenFileError("\(path): not UTF-8 text")
        }
        return Content(text: text, permissions: found.permissions)
    }

    /// Replaces the file with the result of `body`; nil leaves it unchanged. One process at a time.
    private func change(_ body: (String?) throws(TokenFileError) -> String?) throws(TokenFileError) {
        let lock = try failing { () throws(FileError) in try directory.lock(".\(name).lock") }
        defer { directory.close(lock) }
        let content = try content(in: directory, pipes: .refused)
        guard let text = try body(content?.text) else { return }
        try failing { () throws(FileError) in
            try directory.replace(name, with: Array(text.utf8)) { file throws(FileError) in
                guard let old = content?.permissions else { return }
                let kept = FilePermissions(
                    user: old.user, group: old.group, mode: old.mode & 0o040 | Self.newPermissions)
                try directory.setPermissions(kept, of: file)
            }
        }
    }

    private func failing<Value>(_ body: () throws(FileError) -> Value) throws(TokenFileError) -> Value {
        do throws(FileError) {
            return try body()
        } catch {
            switch error.code {
            case .locked: throw TokenFileError("\(path): another `wharf token` is running", status: .temporary)
            case .symbolicLink:
                throw TokenFileError(
                    "\(path): “\(error.path)” is a symbolic link, which is not followed; give the path of the file itself"
                )
            default: throw TokenFileError("\(path): \(error.reason)")
            }
        }
    }
}

/// A failure to read or change tokens. Nothing was changed.
struct TokenFileError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String
    /// The exit status of a command that fails with it.
    let status: CommandStatus

    init(_ description: String, status: CommandStatus = .localFile) {
        self.description = description
        self.status = status
    }
}
