import HTTPWire
import NativeWire
import SessionCore
import Testing
import TusWire
import UploadCore

@testable import UploadHTTP

@Suite struct ServerMetricsTests {
    private let prometheus = PrometheusMetrics()
    private let metrics: ServerMetrics
    private let requests: RequestMetrics

    init() {
        metrics = ServerMetrics(factory: prometheus, version: "1.2.3")
        requests = RequestMetrics(
            operations: ["begin_upload", "put_chunk"], codes: ["unauthenticated"], factory: prometheus)
        var uploads = StatusCounts()
        uploads.pending = 1
        uploads.expired = 4
        metrics.recordUploads(uploads)
    }

    private var lines: [Substring] { prometheus.text().split(separator: "\n") }

    @Test func `an unused server has a value for every family without labels`() {
        let lines = lines
        #expect(lines.contains(#"wharf_build_info{version="1.2.3"} 1"#))
        #expect(lines.contains(#"wharf_uploads{state="pending"} 1"#))
        #expect(lines.contains(#"wharf_uploads{state="expired"} 4"#))
        #expect(lines.contains("wharf_sync_failures_total 0"))
        #expect(lines.contains("wharf_sync_seconds_count 0"))
        #expect(lines.contains("# TYPE wharf_requests_total counter"))
        #expect(!lines.contains { $0.hasPrefix("wharf_requests_total") })
    }

    @Test func `reports of the transport are counted`() {
        metrics.connectionOpened()
        metrics.connectionOpened()
        metrics.connectionClosed()
        metrics.requestBegan()
        metrics.requestBegan()
        metrics.requestEnded()
        requests.ended(operation: "put_chunk", status: 204, nanoseconds: 3_000_000)
        requests.ended(operation: "../../etc", status: 404, nanoseconds: 1)
        requests.ended(operation: nil, status: 0, nanoseconds: 1)
        requests.refused(code: "chunk_conflict")
        requests.refused(code: "unauthenticated")
        requests.refused(code: "made up")
        metrics.bytesAcknowledged(1000)
        metrics.bytesSent(5)
        metrics.finished(nanoseconds: 1_000_000_000)
        let lines = lines
        for line in [
            "wharf_connections 1", "wharf_requests_in_flight 1",
            #"wharf_requests_total{operation="put_chunk",status="2xx"} 1"#,
            #"wharf_requests_total{operation="other",status="none"} 1"#,
            #"wharf_requests_total{operation="other",status="4xx"} 1"#,
            #"wharf_request_seconds_bucket{operation="put_chunk",le="0.0025"} 0"#,
            #"wharf_request_seconds_bucket{operation="put_chunk",le="0.005"} 1"#,
            #"wharf_refusals_total{code="chunk_conflict"} 1"#, #"wharf_refusals_total{code="unauthenticated"} 1"#,
            #"wharf_refusals_total{code="other"} 1"#, "wharf_bytes_acknowledged_total 1000",
            "wharf_bytes_sent_total 5", "wharf_finish_seconds_sum 1",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
        #expect(!lines.contains { $0.contains("etc") || $0.contains("made up") })
    }

    @Test func `reports of the store and the sweeper are counted`() {
        metrics.dataSynced(nanoseconds: 400_000, succeeded: true)
        metrics.dataSynced(nanoseconds: 400_000, succeeded: false)
        metrics.catalogueCommitted(nanoseconds: 100_000, changes: 3)
        metrics.swept(expired: 0)
        metrics.swept(expired: 7)
        metrics.scrubbed(bytes: 1000, findings: 2, isLast: false)
        metrics.scrubbed(bytes: 500, findings: 0, isLast: true)
        let lines = lines
        for line in [
            "wharf_sync_seconds_count 1", "wharf_sync_failures_total 1",
            #"wharf_catalogue_commit_seconds_bucket{le="0.0001"} 1"#,
            #"wharf_catalogue_commit_changes_bucket{le="2"} 0"#, #"wharf_catalogue_commit_changes_bucket{le="4"} 1"#,
            "wharf_sweeps_total 2", "wharf_expired_total 7", "wharf_scrubs_total 1", "wharf_scrubbed_bytes_total 1500",
            "wharf_scrub_findings_total 2",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    @Test func `every line is valid in the exposition format, and every sample follows its type`() throws {
        requests.ended(operation: "begin_upload", status: 201, nanoseconds: 10)
        requests.refused(code: "gone")
        metrics.finished(nanoseconds: 123_456_789)
        let sample =
            #/([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*)\})? (-?[0-9.]+(?:e-?[0-9]+)?)/#
        var family = ""
        var families: Set<Substring> = []
        var samples: Set<Substring> = []
        for line in lines {
            if let help = line.wholeMatch(of: #/# HELP ([a-z_]+) .+/#) {
                #expect(families.insert(help.1).inserted, "two families \(help.1)")
                family = String(help.1)
            } else if let type = line.wholeMatch(of: #/# TYPE ([a-z_]+) (?:counter|gauge|histogram)/#) {
                #expect(type.1 == family)
            } else {
                let match = try #require(line.wholeMatch(of: sample), "\(line)")
                let suffixes = ["", "_bucket", "_sum", "_count"]
                #expect(suffixes.contains { match.1 == family + $0 }, "\(line) in \(family)")
                #expect(samples.insert(line.prefix { $0 != " " }).inserted, "twice: \(line)")
            }
        }
        #expect(prometheus.text().last == "\n")
    }

    @Test func `every operation and every failure of a server has a label of its own`() async throws {
        let store = try await TestStore(ServerSettings())
        let protocols = UploadProtocols(store.uploads, files: nil).all
        let requests = RequestMetrics(
            operations: protocols.flatMap(\.operations),
            codes: RequestFailure.codes + protocols.flatMap(\.failureCodes), factory: prometheus)
        for operation in NativeOperation.allCases {
            requests.ended(operation: operation.rawValue, status: 200, nanoseconds: 1)
        }
        let failures: [RequestFailure] = [
            .unauthenticated, .operatorsOnly, .notFound, .methodNotAllowed(allow: []), .malformedRequest,
            .requestTimeout, .preconditionFailed, .rangeNotSatisfiable(size: 1), .headerTooLarge, .finalUpload,
            .unsupportedVersion(nil), .internalError(incident: "1"), .contentTooLarge(maximum: 1),
        ]
        for failure in failures { requests.refused(code: failure.code) }
        await store.close()
        let text = prometheus.text()
        #expect(!text.contains(#""other""#))
        #expect(text.contains(#"wharf_requests_total{operation="putChunk",status="2xx"} 1"#))
    }
}
