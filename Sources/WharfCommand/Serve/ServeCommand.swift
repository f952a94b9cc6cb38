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
            Every setting can be given as a flag (the main ones below, any of them as --set NAME=VALUE), as a variable of the \
            environment (WHARF_CHUNK_SIZE_MAX=64MiB for chunk-size-max) or in a JSON file (--config FILE). A flag wins over the \
            environment, that over the file. Sizes are bytes, 64KiB, 8MiB; durations 500ms, 30s, 2h.

            `wharf serve --print-config` lists all \(Setting.all.count) settings with their values and where those came from; \
            docs/settings.md says what they mean.

            SIGTERM and SIGINT end the server gracefully: it takes no more requests, and lets those under way end within \
            shutdown-grace. What has arrived of a body by then is kept as far as it is durable.

            Exit status: 0 after a graceful end, 1 if the address cannot be used, 64 if the settings make no sense, 74 if the store \
            cannot be opened, 75 if another process has it.
            """)

    @OptionGroup var flags: ServeFlags
    @Flag(help: "Show every setting, its value and where that came from, and end.")
    var printConfig = false

    func run() async throws {
        do {
            let settings = try await flags.inForce(environment: ProcessInfo.processInfo.environment)
            if printConfig {
                StandardStream.output.write(settings.description)
            } else {
                try await serve(settings.values)
            }
        } catch let error as SettingsError {
            try end(ServeFailure(.usage, error.description))
        } catch let error as ServeFailure {
            try end(error)
        }
    }

    private func serve(_ settings: ServerSettings) async throws {
        try settings.requireSafeAddress()
        // Here and not where they are used: it can be said once in a process, and only before the first use.
        NIOSingletons.groupLoopCountSuggestion =
            settings.eventLoopThreads > 0 ? settings.eventLoopThreads : System.coreCount
        let sink = LogSink()
        let clock = SystemClock()
        let logger = Logger(label: "wharf") { _ in
            LineLogHandler(
                format: settings.logFormat, level: settings.logLevel, now: { clock.now() },
                write: { sink.write($0) })
        }
        do {
            try await ServerProcess(
                settings: settings, path: ProcessInfo.processInfo.environment["PATH"], logger: logger
            ).run()
        } catch {
            await sink.flush()
            throw error
        }
        await sink.flush()
    }

    private func end(_ failure: ServeFailure) throws {
        StandardStream.error.write("wharf: \(failure)\n")
        throw ExitCode(failure.status.rawValue)
    }
}
