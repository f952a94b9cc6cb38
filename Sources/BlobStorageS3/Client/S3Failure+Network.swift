import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension S3Failure {
    /// No complete response: the connection failed, broke or timed out, or the task was cancelled.
    init(network error: any Error) {
        if Task.isCancelled || error is CancellationError || error as? HTTPClientError == .cancelled {
            self.init(kind: .cancelled, detail: "cancelled")
        } else if let problem = Self.certificateProblem(error) {
            self.init(kind: .untrusted, detail: problem)
        } else {
            self.init(kind: .broken, detail: Self.describe(error))
        }
    }

    /// Only the texts of BoringSSL tell why a handshake failed. They contain paths of its sources, so that they are not shown.
    private static func certificateProblem(_ error: any Error) -> String? {
        switch error {
        case is NIOSSLExtraError: "its certificate is for another name"
        case NIOSSLError.handshakeFailed(let cause) where "\(cause)".contains("CERTIFICATE_VERIFY_FAILED"):
            "its certificate is not valid: expired, or of an authority that is not trusted"
        case NIOSSLError.handshakeFailed(let cause) where "\(cause)".contains("WRONG_VERSION_NUMBER"):
            "it does not speak TLS"
        default: nil
        }
    }

    private static func describe(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout: "no connection was made in time"
        case .getConnectionFromPoolTimeout: "no connection was free in time"
        case .readTimeout, .deadlineExceeded: "it did not respond in time"
        case .writeTimeout: "it accepted no bytes in time"
        case .remoteConnectionClosed: "it closed the connection"
        default: "\(error)"
        }
    }

    private static func describe(_ error: any Error) -> String {
        switch error {
        // A host may have several addresses; the error of the first one is reported.
        case let error as NIOConnectionError: error.connectionErrors.first.map { describe($0.error) } ?? "unknown host"
        case is NIOTooManyBytesError: "the response is too long"
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError: describe(error)
        default: "\(error)"
        }
    }
}
