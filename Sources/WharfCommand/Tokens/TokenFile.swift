import DurableFiles
import Glibc
import UploadHTTP

/// The token file: principals and the hashes of their tokens. All calls block.
///
/// A change writes a new file with mode 0600 and renames it over the old one once it is durable, so that a server
/// starting at any moment reads either version as a whole.
struct TokenFile: Sendable {
    static let bytesMax: UInt64 = 64 << 20

    private let directory: POSIXFileSystem
    private let name: String
    let path: String

    init(path: String) {
        self.path = path
        let location = FileLocation(path)
        (directory, name) = (location.directory, location.name)
    }

    /// - Throws: `TokenFileError`, also if the file does not exist.
    func read() throws(TokenFileError) -> TokenTable {
        guard let text = try text() else { throw TokenFileError("\(path): there is no such file") }
        return try table(text)
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

    /// The whole file; nil if it does not exist.
    private func text() throws(TokenFileError) -> String? {
        let bytes = try failing { () throws(FileError) in
            let file: POSIXFile
            do throws(FileError) {
                file = try directory.open(name, .read)
            } catch {
                guard error.code == .notFound else { throw error }
                return [UInt8]?.none
            }
            defer { directory.close(file) }
            return try directory.readAll(file, atMost: Self.bytesMax)
        }
        guard let bytes else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TokenFileError("\(path): not UTF-8 text")
        }
        return text
    }

    /// Replaces the file with the result of `body`; nil leaves it unchanged. One process at a time.
    private func change(_ body: (String?) throws(TokenFileError) -> String?) throws(TokenFileError) {
        let lock = try failing { () throws(FileError) in try directory.lock(".\(name).lock") }
        defer { directory.close(lock) }
        guard let text = try body(try text()) else { return }
        try failing { () throws(FileError) in
            let temporary = ".\(name).new"
            _ = try directory.remove(temporary)
            let file = try directory.open(temporary, .readWriteCreating)
            defer { directory.close(file) }
            let bytes = Array(text.utf8)
            let result = bytes.withUnsafeBytes { bytes in
                Result { () throws(FileError) in try directory.write(file, bytes, at: 0) }
            }
            try result.get()
            try keepOwner(of: temporary)
            try directory.syncData(file)
            try directory.rename(temporary, to: name)
            try directory.syncDirectory("")
        }
    }

    /// Keeps the owner, so that the server's user can still read a file that root changed.
    private func keepOwner(of temporary: String) throws(FileError) {
        let (oldPath, newPath) = (directory.root + "/" + name, directory.root + "/" + temporary)
        var (old, new) = (stat(), stat())
        guard stat(oldPath, &old) == 0, stat(newPath, &new) == 0,
            (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid)
        else { return }
        if chown(newPath, old.st_uid, old.st_gid) != 0 {
            let number = errno
            throw FileError(.permission, errno: number, call: "chown", path: temporary)
        }
    }

    private func failing<Value>(_ body: () throws(FileError) -> Value) throws(TokenFileError) -> Value {
        do throws(FileError) {
            return try body()
        } catch {
            throw TokenFileError(
                error.code == .locked ? "\(path): another `wharf token` is running" : "\(path): \(error)")
        }
    }
}

/// A failure to read or change tokens. Nothing was changed.
struct TokenFileError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
