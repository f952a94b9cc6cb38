import Logging
import SessionCore
import Synchronization
import Testing

@testable import WharfCommand

/// What SIGHUP does with the settings.
@Suite struct SettingsReloaderTests {
    /// Records the lines of a log whose level is shared.
    private final class Log: Sendable {
        private let written = Mutex<[String]>([])
        let level: SharedLogLevel

        init(_ level: Logger.Level) {
            self.level = SharedLogLevel(level)
        }

        var lines: [String] { written.withLock { $0 } }

        var logger: Logger {
            Logger(label: "test") { _ in
                LineLogHandler(
                    format: .text, level: self.level, now: { Timestamp(milliseconds: 0) },
                    write: { line in self.written.withLock { $0.append(line) } })
            }
        }
    }

    private func reload(
        _ log: Log, from running: [String: String],
        read: @escaping @Sendable () throws(SettingsError) -> EffectiveSettings
    ) async throws {
        await SettingsReloader(
            running: try EffectiveSettings(flags: running), level: log.level, logger: log.logger,
            read: { () async throws(SettingsError) in try read() }
        ).reload()
    }

    @Test func `the log level changes for loggers that exist`() async throws {
        let log = Log(.info)
        let early = log.logger
        early.debug("before")
        try await reload(log, from: [:]) { () throws(SettingsError) in
            try EffectiveSettings(flags: ["log-level": "debug"])
        }
        early.debug("after")
        #expect(log.lines.map { $0.contains("before") } == [false, false])
        #expect(log.lines.last?.contains("msg=after") == true)
        #expect(log.lines.first?.contains("log_level=debug") == true)
        // A level that a logger was given stays: audited changes are logged whatever the level is.
        var audit = log.logger
        audit.logLevel = .notice
        log.level.value = .error
        audit.notice("deleted")
        early.notice("not logged")
        #expect(log.lines.last?.contains("msg=deleted") == true)
    }

    @Test func `other changed settings are named, and need a restart`() async throws {
        let log = Log(.info)
        try await reload(log, from: ["threads": "2"]) { () throws(SettingsError) in
            try EffectiveSettings(flags: ["threads": "4", "page": "off", "log-level": "error"])
        }
        // At the new level neither is logged.
        #expect(log.lines.isEmpty)
        let verbose = Log(.info)
        try await reload(verbose, from: ["threads": "2"]) { () throws(SettingsError) in
            try EffectiveSettings(flags: ["threads": "4", "page": "off"])
        }
        #expect(verbose.lines.last?.contains("settings=\"page, threads\"") == true, "\(verbose.lines)")
    }

    @Test func `invalid settings change nothing`() async throws {
        let log = Log(.info)
        try await reload(log, from: [:]) { () throws(SettingsError) in
            throw SettingsError("w.json:3: log-level: “loud” is not one of trace, debug")
        }
        #expect(log.level.value == .info)
        #expect(log.lines.count == 1 && log.lines[0].contains("level=error") && log.lines[0].contains("w.json:3"))
    }
}
