import ArgumentParser

/// Settings on the command line: the main ones as flags of their own, all of them with `--set`.
struct ServeFlags: ParsableArguments {
    @Option(help: ArgumentHelp("The address to listen on (default 127.0.0.1:8080).", valueName: "host:port"))
    var listen: String?
    @Option(
        help: ArgumentHelp("The directory of the store (default ./data).", valueName: "dir"), completion: .directory)
    var data: String?
    @Option(help: ArgumentHelp("The database of a cluster, instead of --data; see docs/cluster.md.", valueName: "uri"))
    var catalogue: String?
    @Option(help: ArgumentHelp("The bucket of a cluster: s3://bucket/prefix?region=…", valueName: "location"))
    var objects: String?
    @Option(
        help: ArgumentHelp(
            "Copy blobs of a cluster to one readable object each, below this prefix.", valueName: "prefix"))
    var publish: String?
    @Option(help: "The failure that acknowledged bytes survive: power-loss (default) or process-crash.")
    var durability: String?
    @Option(
        help: ArgumentHelp(
            "Authentication: none (default), tokens=FILE, jwt or tokens=FILE,jwt.", valueName: "choice"))
    var auth: String?
    @Flag(help: "Permit a public address, pages of any origin and any host without authentication.")
    var insecure = false
    @Option(
        help: ArgumentHelp("The server's certificate chain in PEM format; enables TLS.", valueName: "file"),
        completion: .file())
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("The private key of the certificate.", valueName: "file"), completion: .file())
    var tlsKey: String?
    @Option(help: ArgumentHelp("A JSON file of settings.", valueName: "file"), completion: .file())
    var config: String?
    @Option(help: "The lowest level that is logged (default info).")
    var logLevel: String?
    @Option(help: "The log format: text (default) or json.")
    var logFormat: String?
    @Option(help: "Threads for file I/O and hashing (default 8).")
    var threads: String?
    @Option(
        help: ArgumentHelp("Interval of the sweep that removes expired uploads (default 1m).", valueName: "duration"))
    var sweepInterval: String?
    @Option(
        help: ArgumentHelp(
            "Time for requests in progress to complete after SIGTERM (default 30s).", valueName: "duration"))
    var shutdownGrace: String?
    @Option(help: ArgumentHelp("Serve /metrics to operators: on (default) or off.", valueName: "on|off"))
    var metrics: String?
    @Option(help: ArgumentHelp("Any setting, such as chunk-size-max=64MiB. May be repeated.", valueName: "name=value"))
    var set: [String] = []

    /// The given settings by their names.
    ///
    /// - Throws: `SettingsError` if one is given twice.
    func named() throws(SettingsError) -> [String: String] {
        let flags = [
            ("listen", listen), ("data", data), ("catalogue", catalogue), ("objects", objects),
            ("publish", publish), ("durability", durability), ("auth", auth),
            ("insecure", insecure ? "on" : nil), ("tls-certificate", tlsCertificate), ("tls-key", tlsKey),
            (Setting.fileName, config), ("log-level", logLevel),
            ("log-format", logFormat), ("threads", threads), ("sweep-interval", sweepInterval),
            ("shutdown-grace", shutdownGrace), ("metrics", metrics),
        ]
        var named: [String: String] = [:]
        for (name, value) in flags {
            if let value { named[name] = value }
        }
        for pair in set {
            guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
                throw SettingsError("--set \(pair): give NAME=VALUE, such as --set chunk-size-max=64MiB")
            }
            let name = String(pair[..<equals])
            guard named.updateValue(String(pair[pair.index(after: equals)...]), forKey: name) == nil else {
                throw SettingsError("--set \(pair): \(name) is set twice on the command line")
            }
        }
        return named
    }

    /// The names of the settings that are given with `--set`.
    private var generic: Set<String> { Set(set.map { String($0.prefix { $0 != "=" }) }) }

    /// Merges the flags with the environment, and with the settings file if one is given.
    ///
    /// - Throws: `SettingsError`.
    func resolve(environment: [String: String]) async throws(SettingsError) -> EffectiveSettings {
        try await EffectiveSettings.read(flags: try named(), generic: generic, environment: environment)
    }
}
