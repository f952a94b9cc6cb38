import DurableFiles
import Glibc

extension ClientError {
    /// A call about a file of this machine that failed; `number` is what it left in `errno`.
    static func localFile(_ path: String, _ call: String, errno number: Int32) -> ClientError {
        ClientError(
            .localFile, "\(call) of “\(path)” failed: \(String(cString: strerror(number))).",
            advice: "Check the path, its permissions and the room on the disk.")
    }

    init(_ error: FileError, path: String) {
        let reason = error.errno.map { String(cString: strerror($0)) } ?? error.code.rawValue
        self.init(
            .localFile, "\(error.call) of “\(path)” failed: \(reason).",
            advice: error.code == .locked
                ? "Another process is using it; wait for that one." : "Check the path, its permissions and the room.")
    }
}
