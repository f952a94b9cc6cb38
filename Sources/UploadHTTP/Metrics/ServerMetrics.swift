public import CoreMetrics
import NativeWire
public import SessionCore
public import UploadCore
import UploadDerivation
import UploadTransfer

/// The metrics of a server, in the backend that the process bootstraps (swift-metrics) or in a given one. Thread-safe.
///
/// Labels never take values from clients: operations and codes are fixed sets, and any other value counts as `other`.
public final class ServerMetrics: Sendable {
    let factory: any MetricsFactory
    private let uploads: [Meter]
    private let storedBytes: Meter
    private let reservedBytes: Meter
    private let connections: Meter
    private let closedConnections: LabelledMetrics<Counter>
    private let inFlight: Meter
    private let downloadFailures: LabelledMetrics<Counter>
    private let acknowledged: Counter
    private let sent: Counter
    private let finishSeconds: CoreMetrics.Timer
    private let syncSeconds: CoreMetrics.Timer
    private let syncFailures: Counter
    private let commitSeconds: CoreMetrics.Timer
    private let commitChanges: Recorder
    private let sweeps: Counter
    private let expired: Counter
    private let scrubs: Counter
    private let scrubbedBytes: Counter
    private let scrubFindings: Counter
    private let derivations: LabelledMetrics<Counter>
    private let publications: LabelledMetrics<Counter>

    /// - Parameters:
    ///   - factory: The backend; by default the process's.
    ///   - version: The version of the program; nil for Wharf's.
    public init(factory: any MetricsFactory = MetricsSystem.factory, version: String? = nil) {
        self.factory = factory
        Meter(
            label: "wharf_build_info", dimensions: [("version", version ?? Version.current)], factory: factory
        ).set(1)
        uploads = ["pending", "committed", "aborted", "expired"].map { state in
            Meter(label: "wharf_uploads", dimensions: [("state", state)], factory: factory)
        }
        storedBytes = Meter(label: "wharf_stored_bytes", factory: factory)
        reservedBytes = Meter(label: "wharf_reserved_bytes", factory: factory)
        connections = Meter(label: "wharf_connections", factory: factory)
        closedConnections = LabelledMetrics("reason", ConnectionEnd.allCases.map(\.rawValue)) {
            Counter(label: "wharf_connections_closed_total", dimensions: $0, factory: factory)
        }
        inFlight = Meter(label: "wharf_requests_in_flight", factory: factory)
        downloadFailures = LabelledMetrics("code", UploadError.Code.all.map(\.rawValue)) {
            Counter(label: "wharf_download_failures_total", dimensions: $0, factory: factory)
        }
        acknowledged = Counter(label: "wharf_bytes_acknowledged_total", factory: factory)
        sent = Counter(label: "wharf_bytes_sent_total", factory: factory)
        finishSeconds = CoreMetrics.Timer(label: "wharf_finish_seconds", factory: factory)
        syncSeconds = CoreMetrics.Timer(label: "wharf_sync_seconds", factory: factory)
        syncFailures = Counter(label: "wharf_sync_failures_total", factory: factory)
        commitSeconds = CoreMetrics.Timer(label: "wharf_catalogue_commit_seconds", factory: factory)
        commitChanges = Recorder(label: "wharf_catalogue_commit_changes", factory: factory)
        sweeps = Counter(label: "wharf_sweeps_total", factory: factory)
        expired = Counter(label: "wharf_expired_total", factory: factory)
        scrubs = Counter(label: "wharf_scrubs_total", factory: factory)
        scrubbedBytes = Counter(label: "wharf_scrubbed_bytes_total", factory: factory)
        scrubFindings = Counter(label: "wharf_scrub_findings_total", factory: factory)
        derivations = LabelledMetrics("outcome", DerivationOutcome.allCases.map(\.rawValue)) {
            Counter(label: "wharf_derivations_total", dimensions: $0, factory: factory)
        }
        publications = LabelledMetrics("outcome", PublicationOutcome.allCases.map(\.rawValue)) {
            Counter(label: "wharf_publications_total", dimensions: $0, factory: factory)
        }
    }
}

// MARK: - The transport

extension ServerMetrics {
    public func connectionOpened() { connections.increment() }
    public func connectionClosed() { connections.decrement() }

    /// Why the server closed a connection before its client did.
    enum ConnectionEnd: String, CaseIterable, Sendable {
        /// It was idle, and few places were free.
        case madeRoom = "made_room"
        /// Its address had its share of connections already.
        case addressLimit = "address_limit"
        /// The client took its response too slowly.
        case slowResponse = "slow_response"
    }

    func connectionEnded(_ end: ConnectionEnd) { closedConnections[end.rawValue].increment() }

    /// A request's header was read. `requestEnded` follows exactly once.
    func requestBegan() { inFlight.increment() }

    /// The last byte of the response was written, or sending it has failed.
    func requestEnded() { inFlight.decrement() }

    /// A download was cut off after its header was sent.
    func downloadFailed(code: String) { downloadFailures[code].increment() }
}

extension ServerMetrics: TransferObserver {
    package func bytesAcknowledged(_ count: UInt64) { acknowledged.increment(by: count) }
    package func bytesSent(_ count: UInt64) { sent.increment(by: count) }
    package func finished(nanoseconds: UInt64) { finishSeconds.recordNanoseconds(nanoseconds) }
}

// MARK: - The store and its operators

extension ServerMetrics: StoreObserver {
    /// Sets the current numbers of uploads by state, before a scrape.
    public func recordUploads(_ counts: StatusCounts) {
        for (meter, count) in zip(uploads, [counts.pending, counts.committed, counts.aborted, counts.expired]) {
            meter.set(count)
        }
    }

    /// Sets what all principals use together, before a scrape.
    public func recordUsage(_ total: Usage) {
        storedBytes.set(total.storedBytes)
        reservedBytes.set(total.reservedBytes)
    }

    /// A search for expired uploads has ended.
    public func swept(expired count: Int) {
        sweeps.increment()
        expired.increment(by: count)
    }

    /// A step of a scrub has ended; `isLast` if it completed the scrub.
    public func scrubbed(bytes: UInt64, findings: Int, isLast: Bool) {
        scrubbedBytes.increment(by: bytes)
        scrubFindings.increment(by: findings)
        if isLast { scrubs.increment() }
    }

    /// The result of an attempt to derive a photo.
    public enum DerivationOutcome: String, CaseIterable, Sendable {
        case complete
        case originalOnly = "original_only"
        case postponed
    }

    public func derived(_ outcome: DerivationOutcome) { derivations[outcome.rawValue].increment() }

    /// The result of an attempt to publish a blob as one object of a bucket.
    public enum PublicationOutcome: String, CaseIterable, Sendable {
        case complete
        case postponed
        case givenUp = "given_up"
    }

    public func published(_ outcome: PublicationOutcome) { publications[outcome.rawValue].increment() }

    public func dataSynced(nanoseconds: UInt64, succeeded: Bool) {
        if succeeded { syncSeconds.recordNanoseconds(nanoseconds) } else { syncFailures.increment() }
    }

    public func catalogueCommitted(nanoseconds: UInt64, changes: Int) {
        commitSeconds.recordNanoseconds(nanoseconds)
        commitChanges.record(changes)
    }
}

// MARK: - Requests

/// Metrics of requests, by operation and by code of failure.
struct RequestMetrics: Sendable {
    private struct Operation: Sendable {
        /// By class of the status; index 0 for statuses outside of 100 to 599.
        let requests: [Counter]
        let seconds: CoreMetrics.Timer
    }

    private let operations: LabelledMetrics<Operation>
    private let refusals: LabelledMetrics<Counter>

    init(operations: [String], codes: [String], factory: any MetricsFactory) {
        self.operations = LabelledMetrics("operation", operations) { labels in
            Operation(
                requests: (0..<6).map { number in
                    let status = ("status", number == 0 ? "none" : "\(number)xx")
                    return Counter(label: "wharf_requests_total", dimensions: labels + [status], factory: factory)
                },
                seconds: CoreMetrics.Timer(label: "wharf_request_seconds", dimensions: labels, factory: factory))
        }
        refusals = LabelledMetrics("code", UploadError.Code.all.map(\.rawValue) + codes) {
            Counter(label: "wharf_refusals_total", dimensions: $0, factory: factory)
        }
    }

    /// - Parameters:
    ///   - operation: Of the endpoint; nil for a request without a route.
    ///   - status: Of the response, even if sending it failed.
    func ended(operation: String?, status: Int, nanoseconds: UInt64) {
        let operation = operations[operation]
        operation.requests[(100..<600).contains(status) ? status / 100 : 0].increment()
        operation.seconds.recordNanoseconds(nanoseconds)
    }

    /// A request failed.
    func refused(code: String) { refusals[code].increment() }
}

/// Metrics by the value of a label. The set of values is fixed, so clients cannot add to it, and lookups need no lock.
struct LabelledMetrics<Metric: Sendable>: Sendable {
    private let byValue: [String: Metric]
    private let other: Metric

    init(_ name: String, _ values: [String], _ make: ([(String, String)]) -> Metric) {
        var byValue: [String: Metric] = [:]
        for value in values where byValue[value] == nil { byValue[value] = make([(name, value)]) }
        self.byValue = byValue
        other = make([(name, "other")])
    }

    /// The metric of a value; that of `other` for values outside of the set.
    subscript(_ value: String?) -> Metric {
        value.flatMap { byValue[$0] } ?? other
    }
}
