import HTTPTestKit
import NativeWire
import Testing
import UploadTestKit

/// Commands whose server is not there, or is another one than its address says.
@Suite(.serialized, .timeLimit(.minutes(1))) struct FirstContactTests {
    /// Runs `put` and `ls`; both must fail with one line.
    private func refusals(
        _ address: String, status: Int32, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [String] {
        let directory = try TemporaryDirectory()
        try TestFiles.write(content, to: directory.path + "/file")
        var lines: [String] = []
        for arguments in [["put", directory.path + "/file"], ["ls"]] {
            let outcome = try await Wharf.run(
                arguments + ["--server", address], status: status,
                environment: ["XDG_STATE_HOME": directory.path + "/state"], sourceLocation: sourceLocation)
            #expect(outcome.errors.split(whereSeparator: \.isNewline).count == 1, sourceLocation: sourceLocation)
            lines.append(outcome.errors)
        }
        return lines
    }

    private let content = Array("content".utf8)

    @Test func `a refused connection is one line`() async throws {
        for line in try await refusals("http://127.0.0.1:\(try stablePort())", status: 75) {
            #expect(line.contains("could not be reached: connection refused."))
        }
    }

    @Test func `a host without an address is one line`() async throws {
        for line in try await refusals("http://name-without-address.invalid:80", status: 75) {
            #expect(line.contains("could not be reached: its host name is unknown."))
        }
    }

    @Test func `TLS on one side only, and a certificate that is not trusted, are one line each`() async throws {
        let directory = try TemporaryDirectory()
        let flags = try TestCertificates.writeFiles(to: directory.path)
        try await ServerBinary.run(data: directory.path + "/data", flags: flags) { server in
            for line in try await refusals("https://localhost:\(server.port)", status: 1) {
                #expect(line.contains("no secure connection") && line.contains("its certificate is not valid"))
                #expect(!line.contains("/ssl/") && !line.contains("OPENSSL"))
            }
            for line in try await refusals("http://localhost:\(server.port)", status: 75) {
                #expect(line.contains("closed the connection") && line.contains("begins with https://"))
            }
        }
        try await ServerBinary.run(data: directory.path + "/data") { server in
            for line in try await refusals("https://localhost:\(server.port)", status: 1) {
                #expect(line.contains("no secure connection") && line.contains("does not speak TLS"))
            }
        }
    }

    @Test func `put waits for its server on request`() async throws {
        let directory = try TemporaryDirectory()
        try TestFiles.write(content, to: directory.path + "/file")
        let port = try stablePort()
        let put = try Wharf.start(
            ["put", "--wait", directory.path + "/file", "--server", "http://127.0.0.1:\(port)"],
            environment: ["XDG_STATE_HOME": directory.path + "/state"])
        // By then it has tried at least twice.
        _ = await put.progress { $0.errorText.contains("Trying again") }
        let server = try await ServerBinary.start(data: directory.path + "/data", port: port)
        let outcome = await Wharf.outcome(of: put)
        #expect(outcome.end == .exit(0), "\(outcome.errors)")
        let lines = outcome.errors.split(whereSeparator: \.isNewline)
        #expect(lines.count == 2 && lines.last?.contains("answers again") == true, "\(outcome.errors)")
        try await server.stop()
    }
}
