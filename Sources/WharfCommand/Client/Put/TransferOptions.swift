import ArgumentParser

/// How a transfer treats failures, the network and the terminal.
struct TransferOptions: ParsableArguments {
    @Option(help: "How often a failed request is repeated. (default: 11)")
    var retries: Int?
    @Option(
        help: "A request without progress for so long has failed, such as 30s. (default: 1m, 2m for an answer)",
        transform: { text in
            guard let milliseconds = Quantity.milliseconds(text), milliseconds > 0 else {
                throw ValidationError("“\(text)” is not a duration; use 500ms, 30s, 5m.")
            }
            return milliseconds
        })
    var timeout: Int64?
    @Flag(help: "Wait for a server that cannot be reached at first. Once it has answered, the command always waits.")
    var wait = false
    @Option(
        help: "Bytes per second that are sent at most, such as 500KiB or 2MiB, by all requests together.",
        transform: { text in
            guard let bytes = Quantity.bytes(text), bytes > 0 else {
                throw ValidationError("“\(text)” is not a rate in bytes per second; use 500KiB, 2MiB.")
            }
            return bytes
        })
    var limitRate: UInt64?
    @Flag(name: .shortAndLong, help: "Write failures only: no results, no progress.")
    var quiet = false
    @Flag(name: .shortAndLong, help: "Also write what is done with each file.")
    var verbose = false

    func validate() throws {
        if quiet, verbose { throw ValidationError("Give --quiet or --verbose, not both.") }
        if let retries, !(0...1000).contains(retries) { throw ValidationError("--retries must be from 0 to 1000.") }
    }

    func tuning(connections: Int) -> ClientTuning {
        ClientTuning(
            connections: connections, retries: retries, timeoutMilliseconds: timeout, waits: wait,
            bytesPerSecondMax: limitRate, connectMilliseconds: 10_000,
            detail: quiet ? .failures : verbose ? .verbose : .normal)
    }
}
