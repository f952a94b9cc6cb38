/// A family of metrics: name, kind and help as the exposition format writes them.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    /// Upper bounds of a histogram's buckets, each included, and how many recorded units make one that is written.
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
    static let all = [
        MetricFamily(name: "wharf_build_info", kind: .gauge, help: "The version of the program."),
        MetricFamily(name: "wharf_uploads", kind: .gauge, help: "Uploads by state."),
        MetricFamily(
            name: "wharf_requests_total", kind: .counter,
            help: "Requests by operation and class of the answer's status."),
        MetricFamily(
            name: "wharf_request_seconds", kind: .histogram,
            help: "From a request's header to the end of its answer, by operation.", scale: .waits),
        MetricFamily(
            name: "wharf_refusals_total", kind: .counter,
            help: "Requests that were refused, by the code of the problem."),
        MetricFamily(
            name: "wharf_download_failures_total", kind: .counter,
            help: "Downloads that were cut off because stored bytes could not be read, by the code of the error."),
        MetricFamily(name: "wharf_connections", kind: .gauge, help: "Connections that are open."),
        MetricFamily(name: "wharf_requests_in_flight", kind: .gauge, help: "Requests that are being answered."),
        MetricFamily(
            name: "wharf_bytes_acknowledged_total", kind: .counter,
            help: "Bytes of uploads that clients were told to be durable."),
        MetricFamily(
            name: "wharf_bytes_sent_total", kind: .counter, help: "Bytes of blobs that were sent to clients."),
        MetricFamily(
            name: "wharf_finish_seconds", kind: .histogram, help: "How long it took to verify and commit an upload.",
            scale: .waits),
        MetricFamily(
            name: "wharf_sync_seconds", kind: .histogram,
            help: "How long the disk took to make bytes of an object durable.", scale: .disk),
        MetricFamily(
            name: "wharf_sync_failures_total", kind: .counter,
            help: "Syncs that failed; none of their bytes were acknowledged."),
        MetricFamily(
            name: "wharf_catalogue_commit_seconds", kind: .histogram,
            help: "How long the disk took to commit a transaction of the catalogue.", scale: .disk),
        MetricFamily(
            name: "wharf_catalogue_commit_changes", kind: .histogram,
            help: "Calls that shared a transaction of the catalogue.", scale: .counts),
        MetricFamily(name: "wharf_sweeps_total", kind: .counter, help: "Searches for uploads that have expired."),
        MetricFamily(name: "wharf_expired_total", kind: .counter, help: "Uploads that expired."),
        MetricFamily(
            name: "wharf_derivations_total", kind: .counter, help: "Attempts to derive a photo, by what came of them."),
    ]
}
