public import SessionCore
public import UploadCore

/// What a server counts about itself. Everything may be called from any thread, and costs a few atomic additions.
///
/// No label has a value that comes from a client: operations and codes are fixed sets, and what is none of them is `other`.
public final class ServerMetrics: Sendable {
    /// Of the answer to a scrape.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Whether `/metrics` is answered.
    public let isExposed: Bool
    private let version: String
    private let registry: MetricsRegistry

    private let requests: LabelledInstruments<StatusCounter>
    private let requestSeconds: LabelledInstruments<Histogram>
    private let refusals: LabelledInstruments<Counter>
    private let connections: Gauge
    private let inFlight: Gauge
    private let acknowledged: Counter
    private let sent: Counter
    private let finishSeconds: Histogram
    private let syncSeconds: Histogram
    private let syncFailures: Counter
    private let commitSeconds: Histogram
    private let commitChanges: Histogram
    private let sweeps: Counter
    private let expired: Counter
    private let derivations: LabelledInstruments<Counter>

    /// - Parameters:
    ///   - operations: The ids of all operations in the route table.
    ///   - codes: The codes that a refusal can have besides those of the engine.
    ///   - version: Of the program.
    ///   - isExposed: Whether `/metrics` is answered.
    public init(operations: [String], codes: [String] = [], version: String, isExposed: Bool = true) {
        let diskSeconds = Histogram.Scale.seconds(
            microseconds: [
                50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 10_000_000,
            ])
        let waitSeconds = Histogram.Scale.seconds(
            microseconds: [
                500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
                10_000_000, 60_000_000, 600_000_000,
            ])
        var registry = MetricsRegistry()
        requests = registry.add(
            "wharf_requests_total", help: "Requests by operation and class of the answer's status.",
            LabelledInstruments("operation", operations) { StatusCounter() })
        requestSeconds = registry.add(
            "wharf_request_seconds", help: "From a request's header to the end of its answer, by operation.",
            LabelledInstruments("operation", operations) { Histogram(waitSeconds) })
        refusals = registry.add(
            "wharf_refusals_total", help: "Requests that were refused, by the code of the problem.",
            LabelledInstruments("code", UploadError.Code.all.map(\.rawValue) + codes) { Counter() })
        connections = registry.add("wharf_connections", help: "Connections that are open.", Gauge())
        inFlight = registry.add("wharf_requests_in_flight", help: "Requests that are being answered.", Gauge())
        acknowledged = registry.add(
            "wharf_bytes_acknowledged_total", help: "Bytes of uploads that clients were told to be durable.",
            Counter())
        sent = registry.add("wharf_bytes_sent_total", help: "Bytes of blobs that were sent to clients.", Counter())
        finishSeconds = registry.add(
            "wharf_finish_seconds", help: "How long it took to verify and commit an upload.", Histogram(waitSeconds))
        syncSeconds = registry.add(
            "wharf_sync_seconds", help: "How long the disk took to make bytes of an object durable.",
            Histogram(diskSeconds))
        syncFailures = registry.add(
            "wharf_sync_failures_total", help: "Syncs that failed; none of their bytes were acknowledged.", Counter())
        commitSeconds = registry.add(
            "wharf_catalogue_commit_seconds", help: "How long the disk took to commit a transaction of the catalogue.",
            Histogram(diskSeconds))
        commitChanges = registry.add(
            "wharf_catalogue_commit_changes", help: "Calls that shared a transaction of the catalogue.",
            Histogram(.plain([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])))
        sweeps = registry.add("wharf_sweeps_total", help: "Searches for uploads that have expired.", Counter())
        expired = registry.add("wharf_expired_total", help: "Uploads that expired.", Counter())
        derivations = registry.add(
            "wharf_derivations_total", help: "Attempts to derive a photo, by what came of them.",
            LabelledInstruments("outcome", DerivationOutcome.allCases.map(\.rawValue)) { Counter() })
        self.registry = registry
        self.version = version
        self.isExposed = isExposed
    }

    /// All of it, for a scrape.
    ///
    /// - Parameter uploads: How many uploads there are in which state now.
    public func text(uploads: StatusCounts) -> String {
        var text = Exposition()
        text.family("wharf_build_info", .gauge, help: "The version of the program.")
        text.sample("wharf_build_info", [Label("version", version)], "1")
        text.family("wharf_uploads", .gauge, help: "Uploads by state.")
        let states = [
            ("pending", uploads.pending), ("committed", uploads.committed), ("aborted", uploads.aborted),
            ("expired", uploads.expired),
        ]
        for (state, count) in states { text.sample("wharf_uploads", [Label("state", state)], "\(count)") }
        registry.write(into: &text)
        return text.text
    }
}

// MARK: - For the transport

extension ServerMetrics {
    public func connectionOpened() { connections.add(1) }
    public func connectionClosed() { connections.add(-1) }

    /// A request's header has come. `requestEnded` follows exactly once.
    public func requestBegan() { inFlight.add(1) }

    /// - Parameters:
    ///   - operation: Of the route table; nil if the request asked for nothing that there is.
    ///   - status: Of the answer; 0 if the connection ended before there was one.
    public func requestEnded(operation: String?, status: Int, nanoseconds: UInt64) {
        inFlight.add(-1)
        requests[operation].add(status)
        requestSeconds[operation].record(nanoseconds)
    }

    /// A request was answered with a problem.
    public func refused(code: String) { refusals[code].add() }

    public func bytesAcknowledged(_ count: UInt64) { acknowledged.add(count) }
    public func bytesSent(_ count: UInt64) { sent.add(count) }

    /// An upload was verified and committed.
    public func finished(nanoseconds: UInt64) { finishSeconds.record(nanoseconds) }
}

// MARK: - For those who run the store

extension ServerMetrics: StoreObserver {
    /// A search for expired uploads has ended.
    public func swept(expired count: Int) {
        sweeps.add()
        expired.add(UInt64(count))
    }

    /// What came of an attempt to derive a photo.
    public enum DerivationOutcome: String, CaseIterable, Sendable {
        case complete
        case originalOnly = "original_only"
        case postponed
    }

    public func derived(_ outcome: DerivationOutcome) { derivations[outcome.rawValue].add() }

    public func dataSynced(nanoseconds: UInt64, succeeded: Bool) {
        if succeeded { syncSeconds.record(nanoseconds) } else { syncFailures.add() }
    }

    public func catalogueCommitted(nanoseconds: UInt64, changes: Int) {
        commitSeconds.record(nanoseconds)
        commitChanges.record(UInt64(changes))
    }
}
