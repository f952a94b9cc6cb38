import NativeWire
import SessionCore
import Testing

@testable import UploadHTTP

@Suite struct NativeMetricsTests {
    @Test func `every operation and every problem of HTTP's has a label of its own`() {
        let metrics = ServerMetrics()
        for operation in NativeOperation.allCases {
            metrics.requestEnded(operation: operation.rawValue, status: 200, nanoseconds: 1)
        }
        let problems: [Problem] = [
            .unauthenticated, .forbiddenForOperators, .notFound, .methodNotAllowed(allow: []), .malformedRequest,
            .requestTimeout, .preconditionFailed, .rangeNotSatisfiable(size: 1), .headerTooLarge,
            .internalError(incident: "1"),
        ]
        for problem in problems { metrics.refused(code: problem.code) }
        let text = metrics.text(uploads: StatusCounts())
        #expect(!text.contains(#""other""#))
        #expect(text.contains(#"wharf_requests_total{operation="putChunk",status="2xx"} 1"#))
        #expect(text.contains(#"wharf_build_info{version="\#(Version.current)"} 1"#))
    }
}
