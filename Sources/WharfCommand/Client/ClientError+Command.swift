import DurableFiles
import Glibc
import UploadClient

/// Errors that the commands find themselves.
extension ClientError {
    init(localFile error: FileError, path: String) {
        let reason = error.errno.map { String(cString: strerror($0)) } ?? error.code.rawValue
        self.init(
            .localFile, "\(error.call) of “\(path)” failed: \(reason).", advice: "Check the path and its permissions.")
    }

    init(existing path: String) {
        self.init(
            .localFile, "“\(path)” exists already.",
            advice: "Name another file with --output, or replace it with --force.")
    }

    init(unfitName name: String) {
        self.init(
            .invalidArgument, "The blob's name, “\(ProgressLine.printable(name))”, is not fit for a file here.",
            advice: "Name the file with --output.")
    }

    init(noStore directory: String) {
        self.init(
            .localFile, "“\(directory)” is no store.", advice: "Name the directory that the server was given as --data."
        )
    }
}
