import DurableFiles
import Glibc

/// A temporary directory on the real file system, removed with its contents on `deinit`.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((parent + "/wharf-test-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError(.io, errno: errno, call: "mkdtemp", path: parent) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for name in (try? POSIXFileSystem(root: path).list("")) ?? [] { remove(path + "/" + name) }
        rmdir(path)
    }
}
