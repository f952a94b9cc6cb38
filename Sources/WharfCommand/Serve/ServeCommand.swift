import ArgumentParser
import FoundationEssentials
import Logging
import NIOCore
import Wharf

/// `wharf serve`: one store, served over HTTP until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a store over HTTP.",
        discussion: """
            Every setting can be given as a flag (the main ones below, all of them as --set NAME=VALUE), as an environment \
            variable (WHARF_CHUNK_SIZE_MAX=64MiB for chunk-size-max) or in a JSON file (--config FILE). Flags override the \
            environment, which overrides the file. Sizes are bytes, 64KiB, 8MiB; durations 500ms, 30s, 2h.

            `wharf serve --print-config` lists all \(Setting.all.count) settings with their values and sources; \
            docs/settings.md documents them.

            SIGTERM and SIGINT shut the server down gracefully: it accepts no more requests, and requests in progress have \
            shutdown-grace to complete. Durable bytes of incomplete bodies are kept. SIGHUP reads the tokens, the keys of JWTs, the \
            certificate and the log level again, opens the access log again, and ends nothing; other changed settings need a \
            restart.

            Exit status: 0 after a graceful shutdown, 1 if the address cannot be used, 64 for invalid settings, and those \
            that the database or the bucket refuses, 74 if the store cannot be opened, 75 if another process has it open, or the \
            database or the bucket is away.

            Examples:
              wharf serve --data ./data
              wharf serve --listen 0.0.0.0:443 --auth tokens=tokens --tls-certificate cert.pem --tls-key key.pem
              wharf serve --config /etc/wharf/wharf.json --set log-level=debug
              wharf serve --catalogue postgres://wharf@db.example.org/wharf --objects 's3://photos/wharf?region=eu-central-1'
            """)

    @OptionGroup var flags: ServeFlags
    @Flag(help: "Print every setting with its value and source, and exit.")
    var printConfig = false
    @Flag(help: "With --print-config: print one JSON object per line.")
    var json = false

    func validate() throws {
        if json, !printConfig { throw ValidationError("--json requires --print-config; see --log-format.") }
    }

    func run() async throws {
        do {
            if printConfig {
                let settings = try await settings()
                guard json else { return StandardStream.output.write(settings.description) }
                for row in settings.rows { try await Output(isJSON: true).result("", row) }
                return
            }
            // Before anything is read that the signal reloads.
            let hangUps = await HangUpSignals.trap()
            try await serve(try await settings(), hangUps)
            withExtendedLifetime(hangUps) {}
        } catch let error as SettingsError {
            try end(ServeError(.usage, error.description))
        } catch let error as ServeError {
            try end(error)
        }
    }

    private func settings() async throws(SettingsError) -> EffectiveSettings {
        try await flags.resolve(environment: ProcessInfo.processInfo.environment)
    }

    private func serve(_ effective: EffectiveSettings, _ hangUps: HangUpSignals) async throws {
        let settings = effective.values
        try settings.requireSafeAccess()
        try settings.requireWholeCluster()
        // Can be set once per process, before the first use.
        NIOSingletons.groupLoopCountSuggestion =
            settings.eventLoopThreads > 0 ? settings.eventLoopThreads : System.coreCount
        let sink = LogSink()
        let clock = SystemClock()
        let level = SharedLogLevel(settings.logLevel)
        let logger = Logger(label: "wharf") { _ in
            LineLogHandler(
                format: settings.logFormat, level: level, now: { clock.now() },
                write: { sink.write($0) })
        }
        let reloader = SettingsReloader(running: effective, level: level, logger: logger) {
            () async throws(SettingsError) in try await self.settings()
        }
        do {
            try await ServerProcess(
                settings: settings, path: ProcessInfo.processInfo.environment["PATH"],
                hangUps: hangUps, reloads: [{ await reloader.reload() }], logger: logger
            ).run()
        } catch {
            await sink.flush()
            throw error
        }
        await sink.flush()
    }

    private func end(_ failure: ServeError) throws {
        StandardStream.error.write("wharf: \(failure)\n")
        throw ExitCode(failure.status.rawValue)
    }
}

/// A failure to start or run the server.
struct ServeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The exit status of the process.
    let status: CommandStatus
    let description: String

    init(_ status: CommandStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
