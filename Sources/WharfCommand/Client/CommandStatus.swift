import UploadClient

/// What the commands end with; where `sysexits.h` has a number for it, that one.
enum CommandStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case refused = 1
    case usage = 64
    case dataError = 65
    case localFile = 74
    case temporary = 75
    case interrupted = 130

    var meaning: String {
        switch self {
        case .success: "done"
        case .refused: "the server refused, or the check found something"
        case .usage: "the command line makes no sense"
        case .dataError: "bytes are not what they should be: a file changed under its upload, or a download is damaged"
        case .localFile: "a file or directory of this machine could not be used"
        case .temporary: "the server could not be reached, or was busy for too long: run the same command again"
        case .interrupted: "interrupted: run the same command again to go on"
        }
    }

    /// The table that `--help` shows.
    static var help: String {
        "Exit status:\n"
            + allCases.map { status in
                let number = "\(status.rawValue)"
                return "  " + String(repeating: " ", count: 3 - number.count) + "\(number)  \(status.meaning)"
            }.joined(separator: "\n")
    }

    init(_ error: ClientError) {
        switch error.code {
        case _ where error.isTemporary: self = .temporary
        case .contentChanged, .corruptDownload: self = .dataError
        case .localFile: self = .localFile
        case .invalidArgument: self = .usage
        default: self = .refused
        }
    }
}
