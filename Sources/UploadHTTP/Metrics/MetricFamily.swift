/// A family of metrics: name, kind and help as the exposition format writes them.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Upper bounds of a histogram's buckets, inclusive, in recorded units, and the number of these in a written unit.
    struct Scale: Sendable {
        let bounds: [UInt64]
        let unit: Double

        /// Recorded in nanoseconds, written in seconds.
        static func seconds(microseconds: [UInt64]) -> Scale {
            Scale(bounds: microseconds.map { $0 * 1000 }, unit: 1_000_000_000)
        }

        static let disk = seconds(
            microseconds: [
                50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 10_000_000,
            ])
        static let waits = seconds(
            microseconds: [
                500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
                10_000_000, 60_000_000, 600_000_000,
            ])
        static let counts = Scale(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], unit: 1)
    }

    let name: String
    let kind: Kind
    let help: String
    var scale: Scale?

    /// The server's own, in the order in which they are written.
    static let all: [MetricFamily] = [
        gauge("wharf_build_info", "The version of the program."),
        gauge("wharf_uploads", "Uploads by state."),
        gauge("wharf_stored_bytes", "Bytes of committed uploads and inline assets, as quotas count them."),
        gauge("wharf_reserved_bytes", "Bytes of pending uploads, as quotas count them."),
        counter("wharf_requests_total", "Requests by operation and class of the answer's status."),
        histogram(
            "wharf_request_seconds", "From a request's header to the end of its answer, by operation.", .waits),
        counter("wharf_refusals_total", "Requests that were refused, by the code of the problem."),
        counter(
            "wharf_download_failures_total",
            "Downloads that were cut off because stored bytes could not be read, by the code of the error."),
        gauge("wharf_connections", "Connections that are open."),
        counter(
            "wharf_connections_closed_total",
            "Connections that the server closed before their clients did, by the reason."),
        gauge("wharf_requests_in_flight", "Requests that are being answered."),
        counter("wharf_bytes_acknowledged_total", "Bytes of uploads that clients were told to be durable."),
        counter("wharf_bytes_sent_total", "Bytes of blobs that were sent to clients."),
        histogram("wharf_finish_seconds", "How long it took to verify and commit an upload.", .waits),
        histogram("wharf_sync_seconds", "How long the disk took to make bytes of an object durable.", .disk),
        counter("wharf_sync_failures_total", "Syncs that failed; none of their bytes were acknowledged."),
        histogram(
            "wharf_catalogue_commit_seconds", "How long the disk took to commit a transaction of the catalogue.",
            .disk),
        histogram(
            "wharf_catalogue_commit_changes", "Calls that shared a transaction of the catalogue.", .counts),
        counter("wharf_sweeps_total", "Searches for uploads that have expired."),
        counter("wharf_expired_total", "Uploads that expired."),
        counter("wharf_scrubs_total", "Scrubs completed."),
        counter("wharf_scrubbed_bytes_total", "Bytes read by scrubs."),
        counter("wharf_scrub_findings_total", "Damaged uploads found, counted in each scrub."),
        counter("wharf_derivations_total", "Attempts to derive a photo, by what came of them."),
        counter(
            "wharf_publications_total",
            "Attempts to publish a blob as one object of the bucket, by what came of them."),
    ]

    private static func counter(_ name: String, _ help: String) -> MetricFamily {
        MetricFamily(name: name, kind: .counter, help: help)
    }

    private static func gauge(_ name: String, _ help: String) -> MetricFamily {
        MetricFamily(name: name, kind: .gauge, help: help)
    }

    private static func histogram(_ name: String, _ help: String, _ scale: Scale) -> MetricFamily {
        MetricFamily(name: name, kind: .histogram, help: help, scale: scale)
    }
}
