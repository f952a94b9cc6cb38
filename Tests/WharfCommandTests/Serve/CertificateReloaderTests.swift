import HTTPTestKit
import Logging
import SessionCore
import Synchronization
import Testing
import UploadHTTP
import UploadTestKit

@testable import WharfCommand

@Suite struct CertificateReloaderTests {
    /// A certificate and its key in files, and what is logged about them.
    private final class Fixture: Sendable {
        let directory: TemporaryDirectory
        let lines = Mutex<[String]>([])

        init(_ certificate: String = TestCertificates.server, _ key: String = TestCertificates.serverKey) throws {
            directory = try TemporaryDirectory()
            try write(certificate, key)
        }

        var files: CertificateFiles {
            CertificateFiles(
                certificate: directory.path + "/chain.pem", key: directory.path + "/key.pem", clientAuthorities: nil)
        }

        func write(_ certificate: String? = nil, _ key: String? = nil) throws {
            if let certificate { try TestFiles.write(certificate.utf8, to: directory.path + "/chain.pem") }
            if let key { try TestFiles.write(key.utf8, to: directory.path + "/key.pem") }
        }

        func load(now: Int64 = 0) async throws -> (tls: ServerTLS, reloader: CertificateReloader) {
            let logger = Logger(label: "test") { _ in
                LineLogHandler(
                    format: .text, level: SharedLogLevel(.info), now: { Timestamp(milliseconds: 0) },
                    write: { line in self.lines.withLock { $0.append(line) } })
            }
            return try await CertificateReloader.load(
                files, now: { Timestamp(milliseconds: now) }, logger: logger)
        }

        /// The messages logged since the last call.
        func messages() -> [String] {
            let lines = lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
            return lines.map { $0.firstMatch(of: #/msg="?([^"=]*)"?/#).map { String($0.1) } ?? $0 }
        }
    }

    @Test func `a certificate is loaded with its end, and an expired one is an error in the log`() async throws {
        let fixture = try Fixture()
        let (tls, _) = try await fixture.load()
        #expect(fixture.lines.withLock { $0.first?.contains("valid_until=21") } == true)
        #expect(fixture.messages() == ["certificate loaded"])
        _ = try await fixture.load(now: tls.expiresAt * 1000)
        #expect(fixture.messages() == ["certificate loaded", "the certificate has expired: clients refuse it"])
    }

    @Test func `files that cannot be used are refused with their path`() async throws {
        for (certificate, key, path, problem) in [
            (nil, TestCertificates.otherKey, "key.pem", "it does not belong to the certificate"),
            ("x", nil, "chain.pem", "there is no certificate in PEM format in it, or a malformed one"),
            (nil, "x", "key.pem", "it is not an unencrypted private key in PEM format"),
        ] {
            let fixture = try Fixture()
            try fixture.write(certificate, key)
            let expected = CertificateFileError("\(fixture.directory.path)/\(path): \(problem)")
            await #expect(throws: expected) { _ = try await fixture.load() }
        }
        let missing = CertificateFiles(certificate: "/no/file.pem", key: "/no/key.pem", clientAuthorities: nil)
        #expect(throws: CertificateFileError("/no/file.pem: there is no such file")) { _ = try missing.read() }
    }

    @Test func `a reload uses new files, and keeps the former certificate if they are wrong`() async throws {
        let fixture = try Fixture()
        let (tls, reloader) = try await fixture.load()
        let before = tls.expiresAt
        try fixture.write(TestCertificates.other, TestCertificates.otherKey)
        await reloader.reload()
        #expect(tls.expiresAt != before)
        let after = tls.expiresAt
        try fixture.write(TestCertificates.server)
        await reloader.reload()
        #expect(tls.expiresAt == after)
        #expect(
            fixture.messages() == [
                "certificate loaded", "certificate reloaded", "certificate not reloaded; the former one stays in use",
            ])
    }

    @Test(arguments: [
        ("c", "", ""), ("", "k", ""), ("", "", "a"), ("c", "", "a"), ("", "k", "a"),
    ])
    func `a certificate needs its key, and authorities need both`(certificate: String, key: String, authorities: String)
        throws
    {
        var settings = ServerSettings()
        settings.tlsCertificate = certificate
        settings.tlsKey = key
        settings.tlsClientAuthorities = authorities
        #expect(throws: SettingsError.self) { _ = try settings.certificateFiles() }
    }

    @Test func `no certificate is no TLS`() throws {
        #expect(try ServerSettings().certificateFiles() == nil)
    }
}
