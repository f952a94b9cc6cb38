import DurableFiles
import Glibc
import HTTPWire
public import NativeWire
import UploadModel

/// The state of an upload from which another process can resume it.
public struct ResumeState: Codable, Hashable, Sendable {
    /// The version of this format. States of other versions are ignored.
    public var version = ResumeState.currentVersion
    public var server: String
    /// `LocalPath.key` of the absolute path: percent-encoded if it is not ASCII.
    public var path: String
    public var identity: FileIdentity
    /// Sent with `request`, so that repeating it finds the same upload even if the first response was lost.
    public var idempotencyKey: String
    public var request: NewUploadDocument
    /// The upload's id once known.
    public var upload: String?
    /// For uploads by the IETF's protocol.
    public var resumable: Resumable?

    /// What the IETF's protocol needs besides.
    public struct Resumable: Codable, Hashable, Sendable {
        /// Where the upload is created; nil on a Wharf server.
        public var path: String?
        /// The SHA-256 of the file in hexadecimal.
        public var sha256: String
        /// The path of the upload, once known.
        public var location: String?
        /// The interop version by which it was created.
        public var version: Int?

        public init(path: String?, sha256: String, location: String? = nil, version: Int? = nil) {
            self.path = path
            self.sha256 = sha256
            self.location = location
            self.version = version
        }
    }

    public static let currentVersion = 1

    public init(
        server: String, path: String, identity: FileIdentity, idempotencyKey: String, request: NewUploadDocument,
        upload: String? = nil, resumable: Resumable? = nil
    ) {
        self.server = server
        self.path = path
        self.identity = identity
        self.idempotencyKey = idempotencyKey
        self.request = request
        self.upload = upload
        self.resumable = resumable
    }

    /// Whether `other` describes the same upload: the same content of the same file for the same server and capsule.
    /// The chunk size may differ; the upload keeps its own.
    public func continues(as other: ResumeState) -> Bool {
        var mine = request
        mine.chunkSize = other.request.chunkSize
        return version == other.version && server == other.server && path == other.path && identity == other.identity
            && mine == other.request && (resumable == nil) == (other.resumable == nil)
            && resumable?.path == other.resumable?.path
    }
}

/// Identifies the content of a file without reading it.
public struct FileIdentity: Codable, Hashable, Sendable {
    public var size: UInt64
    /// The time of the last modification, in nanoseconds since 1970-01-01T00:00:00Z.
    public var modifiedNanoseconds: Int64
    public var device: UInt64
    public var inode: UInt64

    public init(size: UInt64, modifiedNanoseconds: Int64, device: UInt64, inode: UInt64) {
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.device = device
        self.inode = inode
    }
}

/// Stores the states of unfinished uploads as small files in a directory.
///
/// All calls block. Files are replaced atomically: after a crash the old state or the new one is intact.
///
/// ```swift
/// let directory = ResumeStore.defaultDirectory { ProcessInfo.processInfo.environment[$0] }
/// let store = directory.map { ResumeStore(directory: $0) }
/// ```
public struct ResumeStore: Sendable {
    public let directory: String

    public init(directory: String) {
        self.directory = directory
    }

    /// `$XDG_STATE_HOME/wharf`, or `~/.local/state/wharf` (XDG Base Directory Specification 0.8).
    ///
    /// - Parameter environment: Looks up an environment variable.
    public static func defaultDirectory(environment: (String) -> String?) -> String? {
        // The specification requires relative paths to be ignored.
        if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/wharf" }
        guard let home = environment("HOME"), home.hasPrefix("/") else { return nil }
        return home + "/.local/state/wharf"
    }

    /// Creates the directory, and makes sure that files can be written there.
    ///
    /// - Throws: `local_file`.
    public func prepare() throws(ClientError) {
        do throws(FileError) {
            let files = try POSIXFileSystem(creatingRoot: directory)
            _ = try files.remove(try files.writeNew([], beside: "probe"))
        } catch {
            throw ClientError(error, path: directory)
        }
    }

    /// The stored state of the same file, server and capsule; nil if there is none or it is unreadable.
    public func load(like wanted: ResumeState) -> ResumeState? {
        let files = POSIXFileSystem(root: directory)
        do throws(FileError) {
            let file = try files.open(name(of: wanted), .read)
            defer { files.close(file) }
            let bytes = try files.readAll(file, atMost: 1 << 20)
            return try? NativeJSON.decode(ResumeState.self, from: bytes)
        } catch {
            return nil
        }
    }

    /// Saves the first state of an upload, unless another process has saved one since `load`.
    ///
    /// - Parameter found: The result of `load`; it is replaced.
    /// - Returns: The stored state. Two processes that begin the same upload at once get the same state.
    public func begin(_ state: ResumeState, replacing found: ResumeState?) throws(ClientError) -> ResumeState {
        if let found { remove(found) }
        let temporary = try write(state)
        defer { unlink(directory + "/" + temporary) }
        let (source, target) = (directory + "/" + temporary, path(of: state))
        // A link, unlike a rename, fails if the name is taken.
        guard let number = errorNumber(of: { link(source, target) }) else { return state }
        guard number == EEXIST else { throw .localFile(target, "link", errno: number) }
        if let other = load(like: state), other.continues(as: state) { return other }
        try save(state)
        return state
    }

    /// Replaces the state of an upload.
    public func save(_ state: ResumeState) throws(ClientError) {
        let temporary = try write(state)
        do throws(FileError) {
            try POSIXFileSystem(root: directory).rename(temporary, to: name(of: state))
        } catch {
            unlink(directory + "/" + temporary)
            throw ClientError(error, path: path(of: state))
        }
    }

    /// Removes the state of an upload, but not that of another upload of the same file.
    public func remove(_ state: ResumeState) {
        guard let current = load(like: state), current.idempotencyKey == state.idempotencyKey else { return }
        unlink(path(of: state))
    }

    // MARK: - Files

    /// One name per server, capsule, protocol and path, so that a changed file replaces its earlier state.
    private func name(of state: ResumeState) -> String {
        var parts = [state.server, state.request.capsule ?? "", state.path]
        if let resumable = state.resumable { parts += ["ietf", resumable.path ?? ""] }
        return Digest(of: parts.flatMap { Array($0.utf8) + [0] }).hex + ".json"
    }

    private func path(of state: ResumeState) -> String { directory + "/" + name(of: state) }

    /// Durably writes a new file and returns its name.
    private func write(_ state: ResumeState) throws(ClientError) -> String {
        guard let bytes = try? NativeJSON.encode(state) else {
            throw ClientError(.invalidArgument, "The path is not valid text.", advice: "Rename the file.")
        }
        do throws(FileError) {
            return try POSIXFileSystem(creatingRoot: directory).writeNew(Array(bytes), beside: name(of: state))
        } catch {
            throw ClientError(error, path: directory)
        }
    }
}

/// The `errno` of a failed call, read before any other call can change it; nil if the call returned 0.
private func errorNumber(of call: () -> Int32) -> Int32? {
    call() == 0 ? nil : errno
}
