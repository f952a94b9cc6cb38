import SessionCore
import Testing
import UploadCore
import UploadHTTP

@Suite struct ServerMetricsTests {
    private let metrics = ServerMetrics(
        operations: ["begin_upload", "put_chunk"], codes: ["unauthenticated"], version: "1.2.3")

    private var lines: [Substring] {
        var uploads = StatusCounts()
        uploads.pending = 1
        uploads.expired = 4
        return metrics.text(uploads: uploads).split(separator: "\n")
    }

    @Test func `before anything happened there is a value for everything but the labels`() {
        let lines = lines
        #expect(lines.contains(#"wharf_build_info{version="1.2.3"} 1"#))
        #expect(lines.contains(#"wharf_uploads{state="pending"} 1"#))
        #expect(lines.contains(#"wharf_uploads{state="expired"} 4"#))
        #expect(lines.contains("wharf_sync_failures_total 0"))
        #expect(lines.contains("wharf_sync_seconds_count 0"))
        #expect(lines.contains("# TYPE wharf_requests_total counter"))
        #expect(!lines.contains { $0.hasPrefix("wharf_requests_total") })
    }

    @Test func `what the transport tells is counted`() {
        metrics.connectionOpened()
        metrics.connectionOpened()
        metrics.connectionClosed()
        metrics.requestBegan()
        metrics.requestBegan()
        metrics.requestEnded(operation: "put_chunk", status: 204, nanoseconds: 3_000_000)
        metrics.requestBegan()
        metrics.requestEnded(operation: "../../etc", status: 404, nanoseconds: 1)
        metrics.refused(code: "chunk_conflict")
        metrics.refused(code: "unauthenticated")
        metrics.refused(code: "made up")
        metrics.bytesAcknowledged(1000)
        metrics.bytesSent(5)
        metrics.finished(nanoseconds: 1_000_000_000)
        let lines = lines
        for line in [
            "wharf_connections 1", "wharf_requests_in_flight 1",
            #"wharf_requests_total{operation="put_chunk",status="2xx"} 1"#,
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

    @Test func `what the store and the sweeper tell is counted`() {
        metrics.dataSynced(nanoseconds: 400_000, succeeded: true)
        metrics.dataSynced(nanoseconds: 400_000, succeeded: false)
        metrics.catalogueCommitted(nanoseconds: 100_000, changes: 3)
        metrics.swept(expired: 0)
        metrics.swept(expired: 7)
        let lines = lines
        for line in [
            "wharf_sync_seconds_count 1", "wharf_sync_failures_total 1",
            #"wharf_catalogue_commit_seconds_bucket{le="0.0001"} 1"#,
            #"wharf_catalogue_commit_changes_bucket{le="2"} 0"#, #"wharf_catalogue_commit_changes_bucket{le="4"} 1"#,
            "wharf_sweeps_total 2", "wharf_expired_total 7",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    @Test func `every line is one that the exposition format allows, and every sample follows its type`() throws {
        metrics.requestEnded(operation: "begin_upload", status: 201, nanoseconds: 10)
        metrics.refused(code: "gone")
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
        #expect(metrics.text(uploads: StatusCounts()).last == "\n")
    }
}
