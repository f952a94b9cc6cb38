package import NIOSSL

/// Certificate authorities that a client trusts besides those of the system, such as one of the user's own.
public struct CertificateAuthorities: Hashable, Sendable {
    private let certificates: [NIOSSLCertificate]

    /// - Parameter pem: The certificates, in PEM format.
    /// - Returns: Nil if there are none.
    public init?(pem: [UInt8]) {
        certificates = (try? NIOSSLCertificate.fromPEMBytes(pem)) ?? []
        if certificates.isEmpty { return nil }
    }

    package var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.additionalTrustRoots = [.certificates(certificates)]
        return configuration
    }
}
