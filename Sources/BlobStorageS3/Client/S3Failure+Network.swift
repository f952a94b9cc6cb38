import AsyncHTTPClient
import NIOCore
import NIOPosix

extension S3Failure {
    /// No complete response: the connection failed, broke or timed out, or the task was cancelled.
    init(network error: any Error) {
        if Task.isCancelled || error is CancellationError || error as? HTTPClientError == .cancelled {
            self.init(kind: .cancelled, detail: "cancelled")
        } else {
            self.init(kind: .broken, detail: Self.describe(error))
        }
    }

    private static func describe(_ error: any Error) -> String {
        switch error {
        // A host may have several addresses; the error of the first one is reported.
        case let error as NIOConnectionError: error.connectionErrors.first.map { describe($0.error) } ?? "unknown host"
        case is NIOTooManyBytesError: "the response is too long"
        default: "\(error)"
        }
    }
}
