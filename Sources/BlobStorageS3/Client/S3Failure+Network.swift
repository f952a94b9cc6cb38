import AsyncHTTPClient
import ClientTransport
import NIOCore

extension S3Failure {
    /// No complete response: the connection failed, broke or timed out, or the task was cancelled.
    init(network error: any Error) {
        if Task.isCancelled || error is CancellationError || error as? HTTPClientError == .cancelled {
            self.init(kind: .cancelled, detail: "cancelled")
        } else if error is NIOTooManyBytesError {
            self.init(kind: .broken, detail: "the response is too long")
        } else {
            let failure = TransportError(error)
            self.init(kind: failure.kind == .insecure ? .untrusted : .broken, detail: failure.reason)
        }
    }
}
