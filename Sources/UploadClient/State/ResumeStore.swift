import DurableFiles
import Glibc
import NativeWire
import UploadCore

/// The states of unfinished uploads, one small file each in one directory.
///
/// Blocks: it is used on a `ThreadPool`. Files are replaced atomically, so that a crash leaves the old state or the new.
public struct ResumeStore: Sendable {
    public let directory: String

    public init(directory: String) {
        self.directory = directory
    }

    /// `$XDG_STATE_HOME/wharf`, or `~/.local/state/wharf` (XDG Base Directory Specification 0.8).
    ///
    /// - Parameter environment: Looks up an environment variable.
    public static func defaultDirectory(environment: (String) -> String?) -> String? {
        // The specification has relative paths ignored.
        if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/wharf" }
        guard let home = environment("HOME"), home.hasPrefix("/") else { return nil }
        return home + "/.local/state/wharf"
    }

    /// The state of what is to be uploaded. nil if there is none, or one that cannot be read.
    public func load(like wanted: ResumeState) -> ResumeState? {
        let files = POSIXFileSystem(root: directory)
        do throws(FileError) {
            let file = try files.open(name(of: wanted), .read)
            defer { files.close(file) }
            let size = Int(min(try files.size(file), 1 << 20))
            var bytes = [UInt8](repeating: 0, count: size)
            let result = bytes.withUnsafeMutableBytes { buffer in
                Result { () throws(FileError) in try files.read(file, into: buffer, at: 0) }
            }
            let count = try result.get()
            return try? NativeJSON.decode(ResumeState.self, from: Array(bytes.prefix(count)))
        } catch {
            return nil
        }
    }

    /// Saves the first state of an upload, unless somebody else has saved one meanwhile.
    ///
    /// - Parameter found: What `load` returned; it is replaced.
    /// - Returns: The state that counts now: of two that begin the same upload at once both get the same.
    public func begin(_ state: ResumeState, replacing found: ResumeState?) throws(ClientError) -> ResumeState {
        if let found { remove(found) }
        let temporary = try write(state)
        defer { unlink(directory + "/" + temporary) }
        // A link, unlike a rename, fails if the name is taken.
        let (source, target) = (directory + "/" + temporary, path(of: state))
        if let number = errorNumber(of: { link(source, target) }) {
            guard number == EEXIST else { throw .localFile(target, "link", errno: number) }
        } else {
            return state
        }
        if let other = load(like: state), other.continues(as: state) { return other }
        try save(state)
        return state
    }

    /// Replaces the state of an upload.
    public func save(_ state: ResumeState) throws(ClientError) {
        let temporary = try write(state)
        let (source, target) = (directory + "/" + temporary, path(of: state))
        if let number = errorNumber(of: { rename(source, target) }) {
            unlink(source)
            throw .localFile(target, "rename", errno: number)
        }
    }

    /// Forgets an upload; the state of another upload of the same file stays.
    public func remove(_ state: ResumeState) {
        guard let current = load(like: state), current.idempotencyKey == state.idempotencyKey else { return }
        unlink(path(of: state))
    }

    // MARK: - Files

    /// One for each server, capsule and path: a file that changed takes the place of what it was.
    private func name(of state: ResumeState) -> String {
        let parts = [state.server, state.request.capsule ?? "", state.path]
        return Digest(of: parts.flatMap { Array($0.utf8) + [0] }).hex + ".json"
    }

    private func path(of state: ResumeState) -> String { directory + "/" + name(of: state) }

    /// Writes a new file, durably, and returns its name.
    private func write(_ state: ResumeState) throws(ClientError) -> String {
        let name = name(of: state) + ".\(getpid()).\(UInt32.random(in: 0...(.max)))"
        guard let bytes = try? NativeJSON.encode(state) else {
            throw ClientError(.invalidArgument, "The path is no text.", advice: "Rename the file.")
        }
        do throws(FileError) {
            let files = try POSIXFileSystem(creatingRoot: directory)
            let file = try files.open(name, .readWriteCreating)
            defer { files.close(file) }
            let result = bytes.withUnsafeBytes { buffer in
                Result { () throws(FileError) in try files.write(file, buffer, at: 0) }
            }
            try result.get()
            try files.syncData(file)
            return name
        } catch {
            unlink(directory + "/" + name)
            throw ClientError(error, path: directory)
        }
    }
}

/// The `errno` of a call that answers 0 for success, read before anything else can change it; nil if the call succeeded.
func errorNumber(of call: () -> Int32) -> Int32? {
    call() == 0 ? nil : errno
}
