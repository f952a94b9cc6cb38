import Configuration
import Synchronization
import UploadCore

/// Where the value of a setting came from; what comes first wins.
enum Origin: Int, CaseIterable, Sendable {
    case flag, environment, file, standard

    var name: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .file: "file"
        case .standard: "default"
        }
    }
}

/// What a server is to do, put together from what it was given, and where each value came from.
struct SettingsInForce: Sendable {
    let values: ServerSettings
    let origins: [String: Origin]

    /// - Parameters:
    ///   - flags: Of the command line, by the names of settings.
    ///   - environment: Of the process, whole.
    ///   - file: What `SettingsFile.parse` returned.
    /// - Throws: `SettingsError` for names that there are not, values that are none, and limits that do not go together.
    init(
        flags: [String: String] = [:], environment: [String: String] = [:], file: [String: String] = [:]
    ) throws(SettingsError) {
        for name in flags.keys.sorted() where Setting.byName[name] == nil {
            throw .unknown(name, in: "--set", known: Setting.all.map(\.name))
        }
        try Environment.check(environment)
        let origins = Origins()
        let reader = ConfigReader(
            providers: [
                InMemoryProvider(name: Origin.flag.name, values: Self.keyed(flags)),
                EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "wharf"),
                InMemoryProvider(name: Origin.file.name, values: Self.keyed(file)),
            ], accessReporter: origins)

        var values = ServerSettings()
        for setting in Setting.all {
            guard let text = reader.string(forKey: ConfigKey([setting.name])) else { continue }
            do throws(SettingProblem) {
                try setting.apply(text, &values)
            } catch {
                throw SettingsError("\(origins.place(of: setting)): \(error.text)")
            }
        }
        do throws(UploadError) {
            values.limits = try values.limits.validated()
        } catch {
            throw SettingsError("the limits do not go together: \(SettingName.kebab(in: error.message))")
        }
        self.values = values
        self.origins = origins.all
    }

    /// The value of a setting in the environment or the flags alone: what has to be known before the file is read.
    static func file(flags: [String: String], environment: [String: String]) -> String? {
        let named = flags[Setting.fileName] ?? Setting.byName[Setting.fileName].flatMap { environment[$0.variable] }
        return named.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Every setting, one a line: its name, its value, and where it came from.
    var description: String {
        let rows = Setting.all.map { setting in
            (setting.name, setting.read(values), origins[setting.name] ?? .standard)
        }
        let width = rows.map { $0.0.count }.max() ?? 0
        let valueWidth = rows.map { $0.1.count }.max() ?? 0
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return rows.map { name, value, origin in
            "\(padded(name, width))  \(padded(value, valueWidth))  \(origin.name)\n"
        }.joined()
    }

    private static func keyed(_ values: [String: String]) -> [AbsoluteConfigKey: ConfigValue] {
        Dictionary(
            uniqueKeysWithValues: values.map { name, value in
                (AbsoluteConfigKey([name]), ConfigValue(.string(value), isSecret: false))
            })
    }
}

/// Hears from the reader which provider had a value.
private final class Origins: AccessReporter {
    private let state = Mutex<[String: Origin]>([:])

    var all: [String: Origin] { state.withLock { $0 } }

    func report(_ event: AccessEvent) {
        // Providers are asked in their order, until one has a value.
        let index = event.providerResults.firstIndex { result in
            (try? result.result.get())?.value != nil
        }
        guard let origin = index.flatMap(Origin.init(rawValue:)), let name = event.metadata.key.components.last else {
            return
        }
        state.withLock { $0[name] = origin }
    }

    /// How whoever gave the value wrote its name.
    func place(of setting: Setting) -> String {
        switch all[setting.name] {
        case .environment: setting.variable
        case .file: "\(setting.name) in the file"
        case .flag, .standard, nil: "--\(setting.name)"
        }
    }
}
