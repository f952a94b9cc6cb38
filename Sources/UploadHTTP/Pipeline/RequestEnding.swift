import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import SessionCore
import Synchronization
import Tracing
import UploadCore
import UploadTransfer

/// The outcome of sending a response.
package enum ResponseEnd: Sendable {
    /// The last byte was handed to the connection.
    case written
    /// The response was cut off: the client disconnected, or stored bytes could not be read.
    case failed(any Error)
}

/// Records the end of a request, after the body of its response, in the metrics, the logs and the span.
final class RequestEnding: ResponseEndObserver {
    let operation: String?
    let id: RequestID
    let metrics: ServerMetrics
    let requests: RequestMetrics
    let logger: Logger
    let span: (any Span)?
    /// nil without an access log.
    let access: AccessRecord?
    private let accessLog: AccessLog?
    private let start = ContinuousClock.now
    private let status = Atomic<Int>(0)

    init(
        operation: String?, id: RequestID, metrics: ServerMetrics, requests: RequestMetrics, logger: Logger,
        span: (any Span)?, access: AccessRecord?, accessLog: AccessLog?
    ) {
        self.operation = operation
        self.id = id
        self.metrics = metrics
        self.requests = requests
        self.logger = logger
        self.span = span
        self.access = access
        self.accessLog = accessLog
    }

    /// Records the end of the response when the channel reports it, or otherwise when the body has been written.
    func observe(_ response: inout Response, to request: Request, on channel: any RequestChannel) {
        status.store(response.status.code, ordering: .relaxed)
        let hasBody = request.method != .head && response.status.mayHaveBody && response.body.contentLength != 0
        access?.responded(
            length: hasBody ? response.body.contentLength : 0, location: response.headers[.location])
        if channel.observeResponseEnd(self) { return }
        guard hasBody else { return responseEnded(.written) }
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { [self] writer in
            do {
                try await body.write(writer)
            } catch {
                responseEnded(.failed(error))
                throw error
            }
            responseEnded(.written)
        }
    }

    func responseEnded(_ end: ResponseEnd) {
        let status = status.load(ordering: .relaxed)
        let duration = start.duration(to: .now)
        metrics.requestEnded()
        requests.ended(operation: operation, status: status, nanoseconds: duration.nanoseconds)
        var error: (any Error)?
        if case .failed(let failure) = end { error = failure }
        if let access, let accessLog {
            accessLog(
                access.entry(
                    operation: operation, requestID: id.description, status: status, isComplete: error == nil,
                    duration: duration))
        }
        if let failure = error as? DownloadFailure, failure.error.code == .notFound {
            logger.info(
                "download cut off: the blob was deleted",
                metadata: ["upload": "\(failure.upload.text)", "request_id": "\(id)"])
        } else if let failure = error as? DownloadFailure {
            metrics.downloadFailed(code: failure.error.code.rawValue)
            logger.error(
                "download cut off: stored bytes cannot be read",
                metadata: [
                    "upload": "\(failure.upload.text)", "error": "\(failure.error.debugDescription)",
                    "request_id": "\(id)",
                ])
        } else {
            logger.debug(
                "request ended",
                metadata: [
                    "operation": "\(operation ?? "none")", "status": "\(status)", "duration": "\(duration)",
                    "request_id": "\(id)", "error": "\(error.map { "\($0)" } ?? "none")",
                ])
        }
        guard let span else { return }
        span.attributes["http.response.status_code"] = status
        if let error { span.recordError(error) }
        if error != nil || status >= 500 { span.setStatus(SpanStatus(code: .error)) }
        span.end()
    }
}

extension Duration {
    /// Whole nanoseconds; 0 for a negative span.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
    }
}
