import BlobStorageS3
import Glibc
import NIOCore
import UploadCore

/// Errors at the start of a server, for its operator: causes and paths, but no names of types.
enum StartUpError {
    /// Why an address cannot be used, or why the server ended.
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as SocketAddressError.UnknownHost: "the host “\(error.host)” is unknown"
        default: "\(error)"
        }
    }

    /// Why a store cannot be opened. Unlike what clients see it has the paths.
    static func text(_ error: UploadError) -> String {
        switch error.reason {
        case .spaceLow(let detail), .storeCorrupt(let detail), .unavailable(let detail): detail
        // Its advice is for clients.
        case .invalidArgument(let name, let problem): "\(name) \(problem)"
        default: "\(error.message) \(error.advice)"
        }
    }
}

extension UploadError {
    /// Of a process that cannot open a store.
    var startUpStatus: CommandStatus {
        switch code {
        case .unavailable: .temporary
        case .invalidArgument: .usage
        default: .localFile
        }
    }
}

extension S3Error {
    /// Of a process that cannot use a bucket.
    var startUpStatus: CommandStatus {
        switch kind {
        case .unavailable: .temporary
        case .configuration: .usage
        case .unsuitable: .localFile
        }
    }
}
