import ArgumentParser
import Glibc
import NativeWire
import UploadClient

@main
struct WharfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wharf",
        abstract: "Uploads that survive: any client, any network, any crash.",
        discussion: """
            Examples:
              wharf login --server https://photos.example.org
              wharf put film.mov photos/
              wharf ls --newest --limit 20
              wharf get film.mov

            `man wharf` has all commands.


            """ + CommandStatus.help,
        version: Version.current,
        subcommands: [
            ServeCommand.self, TokenCommand.self, PutCommand.self, GetCommand.self, ListCommand.self,
            RemoveCommand.self,
            StatusCommand.self, AbortCommand.self, LoginCommand.self, LogoutCommand.self,
            CapsuleCommand.self, LinkCommand.self, MemoriesCommand.self, UsageCommand.self, BackupCommand.self,
            CheckCommand.self, MigrateCommand.self, ManualCommand.self,
        ])

    static func main() async {
        if CommandLine.arguments.dropFirst().first == ServeCommand.configuration.commandName { HangUpSignals.ignore() }
        // Files are created private one by one. This holds for those that a library may create, too.
        _ = UserPermissions.umaskAtStart
        if let problem = LeadingDash.problem(in: Array(CommandLine.arguments.dropFirst())) {
            exit(withError: ValidationError(problem))
        }
        await main(nil)
    }
}

/// The exit status of a command, from `sysexits.h` where that defines one.
enum CommandStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case refused = 1
    case usage = 64
    case dataError = 65
    case localFile = 74
    case temporary = 75
    case notPermitted = 77
    case interrupted = 130

    var meaning: String {
        switch self {
        case .success: "success"
        case .refused: "the server refused the request or its certificate is not valid, or the check found issues"
        case .usage: "invalid command line or settings"
        case .dataError: "wrong bytes: a file changed during its upload, or a download is damaged"
        case .localFile: "a local file or directory could not be used"
        case .temporary: "the server was unreachable or busy for too long: run the same command again"
        case .notPermitted: "the server does not know the token, or its role does not permit the request"
        case .interrupted: "interrupted: run the same command again to resume"
        }
    }

    /// The table in `--help`.
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
        case .invalidArgument, .ambiguous: self = .usage
        case .init(rawValue: "unauthenticated"), .init(rawValue: "forbidden"): self = .notPermitted
        default: self = .refused
        }
    }
}
