import ArgumentParser
import FoundationEssentials
import NativeWire

/// `wharf generate-manual`: prints the manual page, for `make install`.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate-manual", abstract: "Print the manual page, wharf(1).", shouldDisplay: false)

    func run() throws {
        let help = try JSONDecoder().decode(CommandHelp.Tool.self, from: Data(WharfCommand._dumpHelp().utf8))
        StandardStream.output.write(ManualPage(help.command, version: Version.current).text)
    }
}

/// What the argument parser knows about a command (`--experimental-dump-help`), as far as the manual shows it.
struct CommandHelp: Decodable, Sendable {
    struct Tool: Decodable, Sendable {
        let command: CommandHelp
    }

    struct Argument: Decodable, Sendable {
        struct Name: Decodable, Sendable {
            let kind: String
            let name: String

            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        let kind: String
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let abstract: String?
        let defaultValue: String?
    }

    let commandName: String
    let shouldDisplay: Bool
    let abstract: String?
    let discussion: String?
    let subcommands: [CommandHelp]?
    let arguments: [Argument]?
}

/// A manual page in the macros of man(7), made of the help of a command and its subcommands. Pure.
struct ManualPage: Sendable {
    private var lines: [String] = []

    var text: String { lines.joined(separator: "\n") + "\n" }

    init(_ command: CommandHelp, version: String) {
        lines.append(
            ".TH \(Self.escaped(command.commandName.uppercased())) 1 \"\" \"\(command.commandName) \(version)\"")
        // Neither hyphens in options nor spaces in examples are changed.
        lines += [".nh", ".ad l", ".SH NAME", "\(command.commandName) \\- \(Self.escaped(command.abstract ?? ""))"]
        lines += [".SH SYNOPSIS", ".B \(command.commandName)", "\\fISUBCOMMAND\\fR [\\fIOPTION\\fR ...]"]
        if let discussion = command.discussion { add(section: "DESCRIPTION", discussion) }
        lines.append(".SH COMMANDS")
        for subcommand in Self.shown(command) { add(subcommand, below: command.commandName) }
        lines += [
            ".SH FILES", ".TP", "\\fI$XDG_CONFIG_HOME/wharf/profiles.json\\fR, \\fI~/.config/wharf/profiles.json\\fR",
        ]
        lines.append("The profiles of \\fBwharf login\\fR.")
        lines += [".TP", "\\fI$XDG_STATE_HOME/wharf\\fR, \\fI~/.local/state/wharf\\fR"]
        lines.append("The states of unfinished uploads.")
    }

    private static func shown(_ command: CommandHelp) -> [CommandHelp] {
        (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    }

    private mutating func add(_ command: CommandHelp, below parent: String) {
        let name = "\(parent) \(command.commandName)"
        let arguments = (command.arguments ?? []).filter { argument in
            argument.shouldDisplay && !["help", "version"].contains(argument.names?.last?.name ?? "")
        }
        lines.append(".SS \(Self.escaped(name))")
        let subcommands = Self.shown(command)
        if subcommands.isEmpty {
            let usage = arguments.filter { $0.kind == "positional" }.map(Self.usage).joined(separator: " ")
            lines += ["\\fB\(Self.escaped(name))\\fR [\\fIOPTION\\fR ...] \(usage)", ".PP"]
        }
        lines.append(Self.escaped(command.abstract ?? ""))
        if let discussion = command.discussion {
            lines.append(".PP")
            add(paragraphs: discussion)
        }
        if subcommands.isEmpty { for argument in arguments { add(argument) } }
        for subcommand in subcommands { add(subcommand, below: name) }
    }

    private static func usage(_ argument: CommandHelp.Argument) -> String {
        let name = "\\fI\(escaped((argument.valueName ?? "").uppercased()))\\fR" + (argument.isRepeating ? " ..." : "")
        return argument.isOptional ? "[\(name)]" : name
    }

    private mutating func add(_ argument: CommandHelp.Argument) {
        let value =
            argument.kind == "flag" ? "" : "\\fI\(Self.escaped((argument.valueName ?? "value").uppercased()))\\fR"
        let names = (argument.names ?? []).map { "\\fB\(Self.escaped($0.text))\\fR" }.joined(separator: ", ")
        lines += [".TP", [names, value].filter { !$0.isEmpty }.joined(separator: " ")]
        let standard = argument.defaultValue.map { " (default: \($0))" } ?? ""
        lines.append(Self.escaped((argument.abstract ?? "") + standard))
    }

    private mutating func add(section: String, _ text: String) {
        lines.append(".SH \(section)")
        add(paragraphs: text)
    }

    /// Paragraphs are separated by empty lines; indented lines are shown as they are.
    private mutating func add(paragraphs text: String) {
        var isExample = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let isIndented = line.hasPrefix("  ")
            if isIndented != isExample { lines.append(isIndented ? ".nf" : ".fi") }
            isExample = isIndented
            lines.append(line.isEmpty ? ".PP" : Self.escaped(String(line)))
        }
        if isExample { lines.append(".fi") }
        lines.append(".PP")
    }

    /// Text without a meaning for roff: a backslash, a hyphen that has to stay one, and a control character at the
    /// beginning of a line.
    static func escaped(_ text: String) -> String {
        let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }
}
