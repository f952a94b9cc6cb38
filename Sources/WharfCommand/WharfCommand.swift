import ArgumentParser

@main
struct WharfCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wharf",
        abstract: "Uploads that survive: any client, any network, any crash.",
        discussion: CommandStatus.help,
        subcommands: [
            ServeCommand.self, TokenCommand.self, PutCommand.self, GetCommand.self, ListCommand.self,
            StatusCommand.self, AbortCommand.self,
            CapsuleCommand.self, MemoriesCommand.self, CheckCommand.self,
        ])
}
