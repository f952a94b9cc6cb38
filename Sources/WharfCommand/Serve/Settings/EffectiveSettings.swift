import UploadCore

/// The source of a setting's value, in the order of precedence.
enum SettingSource: String, Encodable, Sendable {
    case flag, environment, file, `default`
}

/// The settings of a server, merged from flags, environment, file and defaults, with the source of each value.
///
/// Read at the start of the server (docs/decisions/0017-settings.md), and again on SIGHUP, for the log level.
struct EffectiveSettings: Sendable {
    let values: ServerSettings
    /// By the names of settings; those with their default are left out.
    let sources: [String: SettingSource]

    /// - Parameters:
    ///   - flags: The command line's, by the names of settings.
    ///   - generic: The names that were given with `--set`, for messages.
    ///   - environment: The whole environment of the process.
    ///   - file: The result of `SettingsFile.parse`.
    /// - Throws: `SettingsError` for unknown names, invalid values, and limits that contradict each other.
    init(
        flags: [String: String] = [:], generic: Set<String> = [], environment: [String: String] = [:],
        file: FileSettings = [:]
    ) throws(SettingsError) {
        for name in flags.keys.sorted() where Setting.byName[name] == nil {
            throw .unknown(name, in: "--set", known: Setting.all.map(\.name))
        }
        try EnvironmentVariables.check(environment)

        var values = ServerSettings()
        var sources: [String: SettingSource] = [:]
        for setting in Setting.all {
            let text: String
            let (source, place): (SettingSource, String)
            if let value = flags[setting.name] {
                (text, source, place) = (
                    value, .flag, (generic.contains(setting.name) ? "--set " : "--") + setting.name
                )
            } else if let value = environment[setting.variable] {
                (text, source, place) = (value, .environment, setting.variable)
            } else if let value = file.values[setting.name] {
                (text, source, place) = (value, .file, file.places[setting.name] ?? "\(setting.name) in the file")
            } else {
                continue
            }
            do throws(InvalidSettingValue) {
                try setting.apply(text, &values)
            } catch {
                throw SettingsError("\(place): \(error.text)")
            }
            sources[setting.name] = source
        }
        do throws(UploadError) {
            values.limits = try values.limits.validated()
        } catch {
            throw SettingsError("the limits contradict each other: \(SettingName.kebab(in: error.message))")
        }
        self.values = values
        self.sources = sources
    }

    /// Merges flags with the environment, and with the settings file if one of them names it: for all commands that open a
    /// store by settings of `wharf serve`.
    ///
    /// - Throws: As `init`, and for a file that cannot be read.
    static func read(
        flags: [String: String], generic: Set<String> = [], environment: [String: String]
    ) async throws(SettingsError) -> EffectiveSettings {
        guard let path = file(flags: flags, environment: environment) else {
            return try EffectiveSettings(flags: flags, generic: generic, environment: environment)
        }
        let file = try await blocking { () throws(SettingsError) in try SettingsFile.read(path) }
        return try EffectiveSettings(flags: flags, generic: generic, environment: environment, file: file)
    }

    /// The path of the settings file, which only flags and environment can give.
    static func file(flags: [String: String], environment: [String: String]) -> String? {
        let path = flags[Setting.fileName] ?? Setting.byName[Setting.fileName].flatMap { environment[$0.variable] }
        return path.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A setting in the listing.
    struct Row: Encodable, Sendable {
        let name: String
        let value: String
        let source: SettingSource
    }

    var rows: [Row] {
        Setting.all.map { Row(name: $0.name, value: $0.read(values), source: sources[$0.name] ?? .default) }
    }

    /// One line per setting: its name, its value, and the source of the value.
    var description: String {
        let rows = rows
        let width = rows.map(\.name.count).max() ?? 0
        let valueWidth = rows.map(\.value.count).max() ?? 0
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return rows.map { row in
            "\(padded(row.name, width))  \(padded(row.value, valueWidth))  \(row.source.rawValue)\n"
        }.joined()
    }
}
