import HTTPTestKit
import NIOSSL

/// How a client of a test encrypts.
struct TLSClient: Sendable {
    var configuration = TLSConfiguration.makeClientConfiguration()

    /// - Parameters:
    ///   - authority: The certificate that it trusts.
    ///   - certificate: Its own, with the key of `client`.
    static func trusting(
        _ authority: String = TestCertificates.authority, certificate: String? = nil
    ) -> TLSClient {
        var client = TLSClient()
        client.configuration.trustRoots = .certificates(certificates(authority))
        if let certificate {
            let key = try? NIOSSLPrivateKey(bytes: Array(TestCertificates.clientKey.utf8), format: .pem)
            client.configuration.certificateChain = certificates(certificate).map { .certificate($0) }
            client.configuration.privateKey = key.map { .privateKey($0) }
        }
        return client
    }

    private static func certificates(_ pem: String) -> [NIOSSLCertificate] {
        (try? NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))) ?? []
    }

    func makeHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: NIOSSLContext(configuration: configuration), serverHostname: "localhost")
    }
}
