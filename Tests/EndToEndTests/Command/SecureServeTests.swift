import Glibc
import HTTPTestKit
import Testing
import UploadCore
import UploadTestKit

/// `wharf serve` with a certificate, as curl sees it.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: access("/usr/bin/curl", X_OK) == 0))
struct SecureServeTests {
    private func curl(_ directory: TemporaryDirectory, _ arguments: String...) async throws -> Wharf.Outcome {
        let process = try ChildProcess(
            "/usr/bin/curl", ["--silent", "--show-error", "--cacert", directory.path + "/ca.pem"] + arguments,
            environment: [:])
        return await Wharf.outcome(of: process)
    }

    @Test func `a file goes up and comes down, and a new certificate is used after SIGHUP`() async throws {
        let directory = try TemporaryDirectory()
        let flags = try TestCertificates.writeFiles(to: directory.path)
        let content = Content(seed: 1, length: 3_000_000)
        try TestFiles.write(content.bytes, to: directory.path + "/file")
        try await ServerBinary.run(data: directory.path + "/data", flags: flags) { server in
            let address = "https://localhost:\(server.port)"
            let put = try await curl(
                directory, "--data-binary", "@\(directory.path)/file", "\(address)/v1/blobs?name=a")
            #expect(put.end == .exit(0), "\(put.errors)")
            let blob = try #require(put.output.firstMatch(of: #/"blob":"([0-9a-f]{32})"/#)?.1)
            let get = try await curl(directory, "--output", directory.path + "/copy", "\(address)/v1/blobs/\(blob)")
            #expect(get.end == .exit(0), "\(get.errors)")
            #expect(TestFiles.read(directory.path + "/copy") == content.bytes)
            #expect(try await curl(directory, "http://localhost:\(server.port)/healthz").end != .exit(0))

            try TestFiles.write(TestCertificates.other.utf8, to: directory.path + "/chain.pem")
            server.process.kill(SIGHUP)
            _ = await server.process.progress { $0.errorText.contains("certificate not reloaded") }
            #expect(try await curl(directory, "\(address)/healthz").output == "ok\n")
            try TestFiles.write(TestCertificates.otherKey.utf8, to: directory.path + "/key.pem")
            server.process.kill(SIGHUP)
            _ = await server.process.progress { $0.errorText.contains("certificate reloaded") }
            #expect(try await curl(directory, "\(address)/healthz").end == .exit(60))
            let other = try await curl(directory, "--cacert", directory.path + "/other.pem", "\(address)/healthz")
            #expect(other.output == "ok\n")
        }
    }

    @Test func `the client uploads by the IETF's protocol over TLS, and refuses another certificate`() async throws {
        let directory = try TemporaryDirectory()
        let flags = try TestCertificates.writeFiles(to: directory.path)
        let content = Content(seed: 2, length: 300_000)
        try TestFiles.write(content.bytes, to: directory.path + "/file")
        try await ServerBinary.run(data: directory.path + "/data", flags: flags) { server in
            let put = ["put", directory.path + "/file", "--protocol", "ietf", "--state-dir", directory.path + "/state"]
            let variables = ["WHARF_SERVER": "https://localhost:\(server.port)"]
            let sent = try await Wharf.run(put + ["--ca-file", directory.path + "/ca.pem"], environment: variables)
            #expect(sent.output.contains(content.digest.hex))
            let refused = try await Wharf.run(
                put + ["--no-skip", "--upload-path", "/files"], status: 1, environment: variables)
            #expect(refused.errors.contains("certificate is not valid"), "\(refused.errors)")
        }
    }

    @Test func `changed files are found without a signal`() async throws {
        let directory = try TemporaryDirectory()
        let flags = try TestCertificates.writeFiles(to: directory.path) + ["--set", "reload-interval=50ms"]
        try await ServerBinary.run(data: directory.path + "/data", flags: flags) { server in
            try TestFiles.write(TestCertificates.other.utf8, to: directory.path + "/chain.pem")
            try TestFiles.write(TestCertificates.otherKey.utf8, to: directory.path + "/key.pem")
            let log = await server.process.progress { $0.errorText.contains("certificate reloaded") }
            #expect(log.errorText.contains("certificate reloaded"))
        }
    }

    @Test func `a key of another certificate is refused at the start`() async throws {
        let directory = try TemporaryDirectory()
        let flags = try TestCertificates.writeFiles(to: directory.path)
        try TestFiles.write(TestCertificates.otherKey.utf8, to: directory.path + "/key.pem")
        let outcome = try await Wharf.run(
            ["serve", "--listen", "127.0.0.1:0", "--data", directory.path + "/data"] + flags, status: 64)
        #expect(outcome.errors.contains("key.pem: it does not belong to the certificate"))
    }

    @Test func `a certificate does not make a public address safe without authentication`() async throws {
        let directory = try TemporaryDirectory()
        let flags = try TestCertificates.writeFiles(to: directory.path)
        let outcome = try await Wharf.run(
            ["serve", "--listen", "0.0.0.0:0", "--data", directory.path + "/data"] + flags, status: 64)
        #expect(outcome.errors.contains("--auth") && outcome.errors.contains("--insecure"))
    }
}

extension TestCertificates {
    /// Writes the certificates and keys as PEM files.
    ///
    /// - Returns: The flags of a server that uses them.
    static func writeFiles(to directory: String) throws -> [String] {
        for (name, text) in [
            ("ca.pem", authority), ("chain.pem", server), ("key.pem", serverKey), ("other.pem", other),
        ] {
            try TestFiles.write(text.utf8, to: directory + "/" + name)
        }
        return ["--tls-certificate", directory + "/chain.pem", "--tls-key", directory + "/key.pem"]
    }
}
