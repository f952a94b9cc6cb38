import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// No complete response: the connection failed, broke or timed out.
public struct TransportError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// No connection was made: refused, no route, unknown host.
        case unconnected
        /// A connection broke or timed out. The request may have been processed.
        case broken
        /// The server's certificate is not valid, or it does not speak TLS.
        case insecure
    }

    public let kind: Kind
    /// A clause for people, such as “connection refused”.
    public let reason: String

    public init(_ kind: Kind = .broken, reason: String) {
        self.kind = kind
        self.reason = reason
    }
}

extension TransportError {
    /// Describes a failure of async-http-client for people.
    package init(_ error: any Error) {
        switch error {
        case let error as IOError: self.init(error)
        case let error as NIOConnectionError: self.init(error)
        case let error as NIOSSLError: self.init(error)
        case is NIOSSLExtraError:
            self.init(.insecure, reason: "its certificate is for another name")
        case let error as ChannelError: self.init(error)
        case let error as HTTPClientError: self.init(error)
        case is SocketAddressError: self.init(.unconnected, reason: Self.unknownHost)
        default: self.init(reason: "the connection broke")
        }
    }

    private static let unknownHost = "its host name is unknown"

    private init(_ error: IOError) {
        let reason = String(cString: strerror(error.errnoCode)).lowercased()
        let isUnconnected = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN].contains(error.errnoCode)
        self.init(isUnconnected ? .unconnected : .broken, reason: reason)
    }

    /// One of several addresses of a host is as good as the other: the first failure stands for all.
    private init(_ error: NIOConnectionError) {
        guard let first = error.connectionErrors.first else {
            self.init(.unconnected, reason: Self.unknownHost)
            return
        }
        self = TransportError(first.error)
    }

    private init(_ error: ChannelError) {
        if case .connectTimeout = error {
            self.init(.unconnected, reason: "it does not respond")
        } else {
            self.init(reason: "the connection was closed")
        }
    }

    private init(_ error: HTTPClientError) {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
            self.init(.unconnected, reason: "it does not respond")
        case .readTimeout: self.init(reason: "it stopped responding")
        case .writeTimeout: self.init(reason: "it stopped accepting bytes")
        case .remoteConnectionClosed, .uncleanShutdown:
            self.init(reason: "it closed the connection without a response")
        default: self.init(reason: "the connection broke")
        }
    }

    /// Only the texts of BoringSSL tell why a handshake failed. They contain paths of its sources, so that they are not
    /// shown.
    private init(_ error: NIOSSLError) {
        switch error {
        case .unableToValidateCertificate, .noCertificateToValidate, .cannotMatchULabel:
            self.init(.insecure, reason: Self.badCertificate)
        case .handshakeFailed(let cause):
            let text = "\(cause)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                self.init(.insecure, reason: Self.badCertificate)
            } else if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
                self.init(.insecure, reason: "it does not speak TLS; its address may begin with http://")
            } else if case .sslError(let stack) = cause, !stack.contains(.eofDuringHandshake) {
                self.init(.insecure, reason: "the TLS handshake failed")
            } else {
                self.init(reason: "it closed the connection during the TLS handshake")
            }
        default: self.init(reason: "it closed the connection")
        }
    }

    private static let badCertificate =
        "its certificate is not valid (expired, for another name, or of an authority that this machine does not trust)"
}
