import Logging

/// Reads the settings again and puts the log level into force, the only one that can change while a server runs
/// (docs/decisions/0017-settings.md). Invalid settings are logged, and change nothing.
final class SettingsReloader: Sendable {
    private let read: @Sendable () async throws(SettingsError) -> EffectiveSettings
    private let running: EffectiveSettings
    private let level: SharedLogLevel
    private let logger: Logger

    /// - Parameters:
    ///   - running: The settings that the server was started with.
    ///   - read: Merges flags, environment and file again.
    init(
        running: EffectiveSettings, level: SharedLogLevel, logger: Logger,
        read: @escaping @Sendable () async throws(SettingsError) -> EffectiveSettings
    ) {
        self.running = running
        self.level = level
        self.logger = logger
        self.read = read
    }

    func reload() async {
        do throws(SettingsError) {
            let new = try await read()
            level.value = new.values.logLevel
            logger.notice("settings reloaded", metadata: ["log_level": "\(new.values.logLevel)"])
            let others = new.names(differingFrom: running).filter { $0 != Setting.logLevelName }
            guard !others.isEmpty else { return }
            logger.warning(
                "changed settings take effect with a restart",
                metadata: ["settings": "\(others.joined(separator: ", "))"])
        } catch {
            logger.error("settings not reloaded; the former ones stay in force", metadata: ["error": "\(error)"])
        }
    }
}

extension EffectiveSettings {
    /// The names of the settings that have other values than in `other`.
    fileprivate func names(differingFrom other: EffectiveSettings) -> [String] {
        Setting.all.filter { $0.read(values) != $0.read(other.values) }.map(\.name)
    }
}
