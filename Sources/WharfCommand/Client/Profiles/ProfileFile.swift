import DurableFiles
import Glibc
import NativeWire
import UploadClient
import UploadCore

/// The file of the profiles. It contains tokens: only its owner may read it. All calls block.
struct ProfileFile: Sendable {
    static let bytesMax: UInt64 = 1 << 20
    private static let permissions: UInt32 = 0o600

    let path: String

    /// `$XDG_CONFIG_HOME/wharf/profiles.json`, or `~/.config/wharf/profiles.json` (XDG Base Directory Specification 0.8).
    ///
    /// - Returns: nil without a home directory.
    init?(environment: (String) -> String?) {
        // The specification requires relative paths to be ignored.
        if let directory = environment("XDG_CONFIG_HOME"), directory.hasPrefix("/") {
            path = directory + "/wharf/profiles.json"
        } else if let home = environment("HOME"), home.hasPrefix("/") {
            path = home + "/.config/wharf/profiles.json"
        } else {
            return nil
        }
    }

    /// The profiles; none without a file.
    ///
    /// - Throws: `local_file`, also if others may read or change the file.
    func read() throws(ClientError) -> Profiles {
        let content: (bytes: [UInt8], permissions: FilePermissions)
        do throws(FileError) {
            content = try SmallFile.content(at: path, atMost: Self.bytesMax)
        } catch {
            if error.code == .notFound || error.errno == ENOTDIR { return Profiles() }
            throw ClientError(error, path: path)
        }
        guard content.permissions.mode & 0o077 == 0 else {
            throw ClientError(
                .localFile, "“\(path)” has tokens, and others may use it (mode \(content.permissions.octalMode)).",
                advice: "Make it private: chmod 600 \(path)")
        }
        do throws(UploadError) {
            return try NativeJSON.decode(Profiles.self, from: content.bytes)
        } catch {
            throw ClientError(
                .localFile, "“\(path)” is not a file of profiles: \(error.message)",
                advice: "Mend or remove it, and use `wharf login`.")
        }
    }

    /// Changes the profiles; replaces the file as a whole. One process at a time.
    func change(_ body: (inout Profiles) throws(ClientError) -> Void) throws(ClientError) {
        let location = FileLocation(path)
        let files = try failing { () throws(FileError) in
            try POSIXFileSystem(creatingRoot: location.directory.root)
        }
        let lock = try failing { () throws(FileError) in try files.lock(".\(location.name).lock") }
        defer { files.close(lock) }
        var profiles = try read()
        try body(&profiles)
        let bytes = (try? NativeJSON.encode(profiles)) ?? []
        try failing { () throws(FileError) in
            try files.replace(location.name, with: bytes + [UInt8(ascii: "\n")]) { file throws(FileError) in
                try files.setMode(Self.permissions, of: file)
            }
        }
    }

    private func failing<Value>(_ body: () throws(FileError) -> Value) throws(ClientError) -> Value {
        do throws(FileError) {
            return try body()
        } catch {
            throw ClientError(error, path: path)
        }
    }
}
