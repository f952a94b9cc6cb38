import Glibc
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

    /// A port whose host answers nothing, as behind a firewall: its queue of connections is full.
    @Test func `a command that reads gives up on a silent address within three seconds`() async throws {
        let silent = try SilentPort()
        let start = ContinuousClock.now
        let outcome = try await Wharf.run(["ls", "--server", "http://127.0.0.1:\(silent.port)"], status: 75)
        let elapsed = start.duration(to: .now)
        #expect(
            outcome.errors.contains("could not be reached"), "\(outcome.errors)"
        )
        // With room for a busy machine; the limit of `put` is 10 s.
        #expect(elapsed > .seconds(2) && elapsed < .seconds(9), "\(elapsed)")
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

/// A port of the loopback interface that takes no connections and refuses none.
private final class SilentPort {
    let port: Int
    private var descriptors: [Int32] = []

    init() throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptors = [listener]
        try withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = try #require(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self))
            try #require(bind(listener, pointer, length) == 0 && listen(listener, 0) == 0)
            try #require(getsockname(listener, pointer, &length) == 0)
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        for _ in 0..<4 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            descriptors.append(client)
            withUnsafeBytes(of: &address) { bytes in
                _ = bytes.baseAddress.map { connect(client, $0.assumingMemoryBound(to: sockaddr.self), length) }
            }
        }
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
