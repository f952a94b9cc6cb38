import NIOSSL
import Synchronization

/// The certificate of a server and how it encrypts, replaceable while it runs: a new connection uses the latest
/// certificate, an open one keeps its own.
///
/// TLS 1.3 and 1.2, with cipher suites of forward secrecy and authenticated encryption only (RFC 9325 §4.2); resumption by
/// tickets whose keys change; no renegotiation. ALPN offers HTTP/2 and HTTP/1.1.
public final class ServerTLS: Sendable {
    /// The content of PEM files (RFC 7468).
    public struct Credentials: Hashable, Sendable {
        /// The server's certificate, followed by the intermediate ones.
        public var certificateChain: [UInt8]
        /// Unencrypted.
        public var privateKey: [UInt8]
        /// Certificates of authorities; a client then has to present a certificate that one of them has issued. nil for
        /// clients without certificates.
        public var clientAuthorities: [UInt8]?

        public init(certificateChain: [UInt8], privateKey: [UInt8], clientAuthorities: [UInt8]? = nil) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
            self.clientAuthorities = clientAuthorities
        }
    }

    private struct State: Sendable {
        var context: NIOSSLContext
        var expiresAt: Int64
    }

    private let state: Mutex<State>

    /// Parses and checks the credentials, which takes milliseconds: not on an event loop.
    ///
    /// - Throws: `InvalidCredentials`.
    public init(_ credentials: Credentials) throws(InvalidCredentials) {
        state = Mutex(try Self.state(credentials))
    }

    /// Uses other credentials for new connections.
    ///
    /// - Throws: `InvalidCredentials`; the former ones stay in use.
    public func replace(with credentials: Credentials) throws(InvalidCredentials) {
        let new = try Self.state(credentials)
        state.withLock { $0 = new }
    }

    /// When the server's certificate ceases to be valid, in seconds since 1970.
    public var expiresAt: Int64 { state.withLock { $0.expiresAt } }

    /// For one connection.
    func makeHandler() -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: state.withLock { $0.context })
    }

    private static func state(_ credentials: Credentials) throws(InvalidCredentials) -> State {
        let chain = try certificates(credentials.certificateChain, as: .certificate)
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(bytes: credentials.privateKey, format: .pem)
        } catch {
            throw InvalidCredentials(.key, "it is not an unencrypted private key in PEM format")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = cipherSuites
        configuration.applicationProtocols = ["h2", "http/1.1"]
        configuration.renegotiationSupport = .none
        if let authorities = credentials.clientAuthorities {
            // Clients have no host names. A client without a certificate is refused.
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(try certificates(authorities, as: .clientAuthorities))
            configuration.sendCANameList = true
        }
        do {
            return State(
                context: try NIOSSLContext(configuration: configuration), expiresAt: Int64(chain[0].notValidAfter))
        } catch {
            // All parts are valid: they do not belong together.
            throw InvalidCredentials(.key, "it does not belong to the certificate")
        }
    }

    /// At least one.
    private static func certificates(
        _ pem: [UInt8], as part: InvalidCredentials.Part
    ) throws(InvalidCredentials) -> [NIOSSLCertificate] {
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem), !certificates.isEmpty else {
            throw InvalidCredentials(part, "there is no certificate in PEM format in it, or a malformed one")
        }
        return certificates
    }

    /// For TLS 1.2; those of 1.3 are fixed.
    private static let cipherSuites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
}

/// Why credentials cannot be used.
public struct InvalidCredentials: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Part: String, Hashable, Sendable {
        case certificate
        case key
        case clientAuthorities = "client authorities"
    }

    public let part: Part
    /// What is wrong with the part.
    public let problem: String

    init(_ part: Part, _ problem: String) {
        self.part = part
        self.problem = problem
    }

    public var description: String { "\(part.rawValue): \(problem)" }
}
