import DurableFiles
import Glibc
import HTTPWire
import Synchronization
import UploadModel

/// What a server has of this machine's files, so that a repeated command sends no finished file again.
///
/// One file per server, capsule and upload link beside the resume states, to which lines are appended: with one `write` per
/// call, so that processes may share it. Lines are not synced: after a power cut the last files are sent again. Unknown
/// lines are ignored.
package final class PutJournal: Sendable {
    /// The state of one file.
    package struct Entry: Hashable, Sendable {
        package enum State: Hashable, Sendable {
            /// A request with this idempotency key was about to be sent.
            case begun(key: String)
            /// The server has it.
            case done(blob: String, sha256: String)
        }

        /// `LocalPath.key` of the absolute path.
        package let path: String
        package let size: UInt64
        package let modifiedNanoseconds: Int64
        package let state: State

        package init(path: String, size: UInt64, modifiedNanoseconds: Int64, state: State) {
            self.path = path
            self.size = size
            self.modifiedNanoseconds = modifiedNanoseconds
            self.state = state
        }
    }

    private struct Content {
        var entries: [String: Entry] = [:]
        var lines = 0
    }

    private let path: String
    private let content: Mutex<Content>

    private init(path: String, content: sending Content) {
        self.path = path
        self.content = Mutex(content)
    }

    /// Reads the journal of a server and a capsule; an absent one is empty. Blocks.
    ///
    /// - Parameter link: `UploadClient.link`. What was sent through one link, or with a token, was not sent through another.
    /// - Throws: `local_file` if the directory cannot be created or the file not be read.
    package static func open(
        in directory: String, server: ServerAddress, capsule: String?, link: String? = nil
    ) throws(ClientError) -> PutJournal {
        let place = "\(server.base)\0\(capsule ?? "")" + (link.map { "\0\($0)" } ?? "")
        let name = Digest(of: Array(place.utf8)).hex + ".journal"
        do throws(FileError) {
            let files = try POSIXFileSystem(creatingRoot: directory)
            var content = Content()
            let file = try files.open(name, .readWriteCreating)
            defer { files.close(file) }
            let bytes = try files.readAll(file, atMost: bytesMax)
            // A crash may have cut the last line.
            if let last = bytes.last, last != UInt8(ascii: "\n") {
                try [UInt8(ascii: "\n")].withUnsafeBytes { newline in
                    Result { () throws(FileError) in try files.write(file, newline, at: UInt64(bytes.count)) }
                }.get()
            }
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                content.lines += 1
                if let entry = Entry(line: line) { content.entries[entry.path] = entry }
            }
            // Superseded lines are dropped once they are the most, unless another process appends at this moment.
            if content.lines > 2 * content.entries.count + 100, flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 {
                let lines = content.entries.values.flatMap(\.line)
                try files.replace(name, with: lines)
                content.lines = content.entries.count
            }
            return PutJournal(path: directory + "/" + name, content: content)
        } catch {
            throw ClientError(error, path: directory)
        }
    }

    /// The journal of a million files has some 200 MB.
    private static let bytesMax: UInt64 = 1 << 30

    package func entry(_ path: String) -> Entry? {
        content.withLock { $0.entries[path] }
    }

    /// Records entries, which replace earlier ones of the same paths. Blocks.
    ///
    /// - Throws: `local_file`; in memory the entries are replaced all the same.
    package func record(_ entries: [Entry]) throws(ClientError) {
        guard !entries.isEmpty else { return }
        content.withLock { content in
            for entry in entries { content.entries[entry.path] = entry }
        }
        let descriptor = try openForAppending()
        defer { close(descriptor) }
        let number = writeAll(entries.flatMap(\.line), to: descriptor)
        if number != 0 { throw .localFile(path, "write", errno: number) }
    }

    /// Opens the file and locks it against its replacement, in which the lines would be missing.
    private func openForAppending() throws(ClientError) -> Int32 {
        while true {
            let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw .localFile(path, "open", errno: errno) }
            while flock(descriptor, LOCK_SH) != 0, errno == EINTR {}
            var (opened, named) = (stat(), stat())
            if fstat(descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino {
                return descriptor
            }
            close(descriptor)
        }
    }
}

extension PutJournal.Entry {
    /// `+ PATH SIZE MTIME BLOB SHA256` or `~ PATH SIZE MTIME KEY`, with tabs between; the path is percent-encoded.
    fileprivate var line: [UInt8] {
        let (mark, values): (String, [String]) =
            switch state {
            case .begun(let key): ("~", [key])
            case .done(let blob, let sha256): ("+", [blob, sha256])
            }
        let path = path.percentEncoded { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }
        return Array(
            (([mark, path, "\(size)", "\(modifiedNanoseconds)"] + values).joined(separator: "\t") + "\n").utf8)
    }

    fileprivate init?(line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard fields.count >= 5, let path = String.percentDecoded(fields[1]), let size = UInt64(fields[2]),
            let modified = Int64(fields[3])
        else { return nil }
        switch (fields[0], fields.count) {
        case ("~", 5): self.init(path: path, size: size, modifiedNanoseconds: modified, state: .begun(key: fields[4]))
        case ("+", 6):
            let state = State.done(blob: fields[4], sha256: fields[5])
            self.init(path: path, size: size, modifiedNanoseconds: modified, state: state)
        default: return nil
        }
    }
}
