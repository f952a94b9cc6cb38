import ArgumentParser
import DurableFiles
import NIOPosix

/// Settings on the command line: the main ones by flags of their own, every one by `--set`.
struct ServeFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Where to listen (default 127.0.0.1:8080).", valueName: "host:port"))
    var listen: String?
    @Option(
        help: ArgumentHelp("The directory of the store (default ./data).", valueName: "dir"), completion: .directory)
    var data: String?
    @Option(help: "What an acknowledgement survives: power-loss (default) or process-crash.")
    var durability: String?
    @Option(help: ArgumentHelp("Who may call: none (default), or tokens=FILE.", valueName: "none|tokens=file"))
    var auth: String?
    @Flag(help: "Serve an address that is not of this machine alone even without authentication.")
    var insecure = false
    @Option(help: ArgumentHelp("A JSON file of settings.", valueName: "file"), completion: .file())
    var config: String?
    @Option(help: "What to log: from this level on (default info).")
    var logLevel: String?
    @Option(help: "How a line of the log looks: text (default) or json.")
    var logFormat: String?
    @Option(help: "Threads that write, read, sync and hash (default 8).")
    var threads: String?
    @Option(help: ArgumentHelp("How often to look for expired uploads (default 1m).", valueName: "duration"))
    var sweepInterval: String?
    @Option(help: ArgumentHelp("How long requests may take to end after SIGTERM (default 30s).", valueName: "duration"))
    var shutdownGrace: String?
    @Option(help: ArgumentHelp("Whether operators may read /metrics: on (default) or off.", valueName: "on|off"))
    var metrics: String?
    @Option(help: ArgumentHelp("Any setting, such as chunk-size-max=64MiB. May be repeated.", valueName: "name=value"))
    var set: [String] = []

    /// The settings that were given, by their names.
    ///
    /// - Throws: `SettingsError` for one that was given twice.
    func named() throws(SettingsError) -> [String: String] {
        let flags = [
            ("listen", listen), ("data", data), ("durability", durability), ("auth", auth),
            ("insecure", insecure ? "on" : nil), (Setting.fileName, config), ("log-level", logLevel),
            ("log-format", logFormat), ("threads", threads), ("sweep-interval", sweepInterval),
            ("shutdown-grace", shutdownGrace), ("metrics", metrics),
        ]
        var named: [String: String] = [:]
        for (name, value) in flags {
            if let value { named[name] = value }
        }
        for pair in set {
            guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
                throw SettingsError("--set “\(pair)” is not NAME=VALUE")
            }
            let name = String(pair[..<equals])
            guard named.updateValue(String(pair[pair.index(after: equals)...]), forKey: name) == nil else {
                throw SettingsError("\(name) is set twice on the command line")
            }
        }
        return named
    }

    /// What is in force with an environment, and with the file that either names.
    ///
    /// - Throws: `SettingsError`.
    func inForce(environment: [String: String]) async throws -> SettingsInForce {
        let flags = try named()
        guard let path = SettingsInForce.file(flags: flags, environment: environment) else {
            return try SettingsInForce(flags: flags, environment: environment)
        }
        let file = try await NIOThreadPool.singleton.runIfActive { try SettingsFile.read(path) }
        return try SettingsInForce(flags: flags, environment: environment, file: file)
    }
}
