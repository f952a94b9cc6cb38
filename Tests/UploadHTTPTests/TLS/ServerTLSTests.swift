import HTTPTestKit
import Testing

@testable import UploadHTTP

/// What is accepted as a certificate and its key.
@Suite struct ServerTLSTests {
    private func failure(
        certificate: String = TestCertificates.server, key: String = TestCertificates.serverKey,
        authorities: String? = nil
    ) -> InvalidCredentials? {
        do throws(InvalidCredentials) {
            _ = try ServerTLS(.init(certificate, key, authorities))
            return nil
        } catch {
            return error
        }
    }

    @Test func `a certificate with its key is accepted, alone and with intermediate ones`() throws {
        #expect(failure() == nil)
        #expect(failure(certificate: TestCertificates.server + "\n" + TestCertificates.authority) == nil)
        #expect(failure(authorities: TestCertificates.authority) == nil)
        let tls = try ServerTLS(.init(TestCertificates.server, TestCertificates.serverKey))
        #expect(tls.expiresAt > 4_000_000_000)
    }

    @Test func `a key of another certificate is refused`() {
        #expect(failure(key: TestCertificates.otherKey) == .init(.key, "it does not belong to the certificate"))
    }

    @Test(arguments: [
        "", "hello", TestCertificates.serverKey, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ])
    func `what is no certificate is refused`(text: String) {
        #expect(failure(certificate: text)?.part == .certificate)
        #expect(failure(authorities: text)?.part == .clientAuthorities)
    }

    @Test(arguments: ["", "hello", TestCertificates.server, encryptedKey])
    func `what is no unencrypted key is refused`(text: String) {
        #expect(failure(key: text)?.part == .key)
        #expect(failure(key: text)?.problem.contains("unencrypted private key") == true)
    }

    @Test func `the former certificate stays in use if its replacement is refused`() throws {
        let tls = try ServerTLS(.init(TestCertificates.server, TestCertificates.serverKey))
        let expiresAt = tls.expiresAt
        #expect(throws: InvalidCredentials.self) {
            try tls.replace(with: .init(TestCertificates.other, TestCertificates.serverKey))
        }
        #expect(tls.expiresAt == expiresAt)
        _ = tls.makeHandler()
    }
}

/// Under the password `secret`.
private let encryptedKey = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiNiK4ZjEEYRwICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEDN4AJUBBSeoY3HAjOmbkwEEgZBX
    dfg++dQ+dHnHFDtV76gKme32kVfRTox8HAx3y6khKhrDeOkYA9ie8IqRk4HVsUbZ
    ins8IUJiqipAJesHu4ObczGIebTI3ZfPDkXZtn5bViKhyKOKrXa0LI0y34WBl7A6
    WybNVAw2YJmse38iDesQ2UTAG4gYEpEGEnko6ohihYRVkHoUIP1RHN5UHxBgvZg=
    -----END ENCRYPTED PRIVATE KEY-----
    """

extension ServerTLS.Credentials {
    init(_ certificate: String, _ key: String, _ authorities: String? = nil) {
        self.init(
            certificateChain: Array(certificate.utf8), privateKey: Array(key.utf8),
            clientAuthorities: authorities.map { Array($0.utf8) })
    }
}
