import DurableFiles
import HTTPWire
import Logging
import SessionCore
import UploadCore
import UploadHTTP

/// Writes a line of JSON for each request that has ended.
///
///     {"time":"2026-11-30T09:00:00.000Z","request_id":"5f…","principal":"anna","peer":"192.0.2.1","method":"GET",
///      "operation":"getBlob","id":"01…","status":200,"received":0,"sent":20000,"ms":1.5,"complete":true}
///
/// Unknown values are left out: `principal` without authentication, `operation` without a route, `id` without a resource.
struct AccessLogWriter: Sendable {
    private let sink: LogSink
    /// nil for standard output.
    private let file: AccessLogFile?
    /// Whether lines have the path and the query.
    private let logsTargets: Bool
    private let now: @Sendable () -> Timestamp

    /// - Returns: nil if the choice is `off`. Blocks.
    init?(
        _ choice: AccessLogChoice, logsTargets: Bool, logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) throws(FileError) {
        let file: AccessLogFile?
        switch choice {
        case .off: return nil
        case .output: file = nil
        case .file(let path): file = try AccessLogFile(path: path, logger: logger)
        }
        self.file = file
        sink = LogSink(
            pool: ThreadPool(name: "wharf-access", threads: 1),
            droppedLine: { LogFormat.json.line([("time", "\(now().rfc3339)"), ("dropped", .stringConvertible($0))]) },
            output: { lines in
                if let file { file.write(lines) } else { StandardStream.output.write(lines) }
            })
        self.logsTargets = logsTargets
        self.now = now
    }

    var log: AccessLog { { write($0) } }

    func write(_ entry: AccessEntry) {
        sink.write(Self.line(entry, at: now(), withTarget: logsTargets))
    }

    /// Opens a rotated file again.
    func reopen() async {
        guard let file else { return }
        await blocking { file.reopen() }
    }

    /// Waits until all lines so far are written.
    func flush() async {
        await sink.flush()
    }

    static func line(_ entry: AccessEntry, at time: Timestamp, withTarget: Bool) -> String {
        var fields: [(String, Logger.MetadataValue)] = [
            ("time", "\(time.rfc3339)"), ("request_id", "\(entry.requestID)"),
        ]
        func add(_ name: String, _ value: String?) {
            if let value { fields.append((name, .string(value))) }
        }
        add("principal", entry.principal?.name)
        add("peer", entry.peer)
        add("method", entry.method)
        add("operation", entry.operation)
        add("id", entry.resource)
        if withTarget { add("target", entry.target) }
        let microseconds =
            entry.duration.components.seconds * 1_000_000
            + entry.duration.components.attoseconds / 1_000_000_000_000
        fields += [
            ("status", .stringConvertible(entry.status)), ("received", .stringConvertible(entry.receivedBytes)),
            ("sent", .stringConvertible(entry.sentBytes)), ("ms", .stringConvertible(Double(microseconds) / 1000)),
            ("complete", .stringConvertible(entry.isComplete)),
        ]
        return LogFormat.json.line(fields)
    }
}
