import Testing
import UploadClient

@testable import WharfCommand

@Suite struct CommandStatusTests {
    @Test func `every exit status is in the help`() {
        for status in CommandStatus.allCases {
            #expect(CommandStatus.help.contains("\(status.rawValue)  \(status.meaning)"))
        }
    }

    @Test func `errors map to exit statuses`() {
        func status(_ code: ClientError.Code, isTemporary: Bool = false) -> CommandStatus {
            CommandStatus(ClientError(code, "", advice: "", isTemporary: isTemporary))
        }
        #expect(status(.unreachable, isTemporary: true) == .temporary)
        #expect(status(.contentChanged) == .dataError && status(.corruptDownload) == .dataError)
        #expect(status(.localFile) == .localFile && status(.invalidArgument) == .usage)
        #expect(status(.init(rawValue: "unauthenticated")) == .notPermitted)
        #expect(status(.init(rawValue: "not_found")) == .refused && status(.badAnswer) == .refused)
    }
}
