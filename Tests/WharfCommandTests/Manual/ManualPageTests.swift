import ArgumentParser
import FoundationEssentials
import NativeWire
import Testing

@testable import WharfCommand

/// The manual page and the help texts that it is made of.
@Suite struct ManualPageTests {
    private static func help() throws -> CommandHelp {
        try JSONDecoder().decode(CommandHelp.Tool.self, from: Data(WharfCommand._dumpHelp().utf8)).command
    }

    private static func shown(_ command: CommandHelp) -> [CommandHelp] {
        (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
            .flatMap { [$0] + shown($0) }
    }

    @Test func `every command has examples in its help`() throws {
        let commands = try Self.shown(Self.help())
        #expect(commands.count > 20)
        for command in commands {
            let lines = (command.discussion ?? "").split(separator: "\n")
            let start = lines.firstIndex { $0 == "Examples:" }
            #expect(start != nil, "\(command.commandName)")
            let examples = lines.drop { $0 != "Examples:" }.dropFirst().prefix { $0.hasPrefix("  ") }
            #expect(examples.contains { $0.contains("wharf ") }, "\(command.commandName)")
        }
    }

    @Test func `the page has every command, every option and the exit statuses, and hides what is hidden`() throws {
        let help = try Self.help()
        let page = ManualPage(help, version: Version.current).text
        #expect(page.hasPrefix(".TH WHARF 1 \"\" \"wharf \(Version.current)\"\n"))
        for command in Self.shown(help) {
            #expect(page.contains("\(ManualPage.escaped(command.commandName))\n"), "\(command.commandName)")
            for name in (command.arguments ?? []).filter(\.shouldDisplay).flatMap({ $0.names ?? [] })
            where !["help", "h", "version"].contains(name.name) {
                #expect(page.contains("\\fB\(ManualPage.escaped(name.text))\\fR"), "\(name.text)")
            }
        }
        for status in CommandStatus.allCases { #expect(page.contains("  \(status.rawValue)  ")) }
        #expect(!page.contains("generate\\-manual"))
        #expect(page.contains("profiles.json"))
    }

    @Test func `no line of text is taken for a request of roff`() throws {
        #expect(ManualPage.escaped(".part") == "\\&.part")
        #expect(ManualPage.escaped("'x' --json \\") == "\\&'x' \\-\\-json \\e")
        let requests: Set<String> = [".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".nf", ".fi", ".nh", ".ad"]
        for line in ManualPage(try Self.help(), version: "1").text.split(separator: "\n") where line.hasPrefix(".") {
            #expect(requests.contains(String(line.prefix { $0 != " " })), "\(line)")
        }
    }
}
