import ArgumentParser
import Configuration
import UploadClient
import UploadHTTP
import Wharf

@main
struct WharfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "wharf")
}
