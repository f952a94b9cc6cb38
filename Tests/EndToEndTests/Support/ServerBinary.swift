import Glibc
import Testing
import UploadClient
import UploadTestKit

/// `wharf serve` as a process of its own.
struct ServerBinary: Sendable {
    let process: ChildProcess
    let port: Int

    /// Starts a server and waits until it listens.
    ///
    /// - Parameters:
    ///   - port: 0 for any free port.
    ///   - flags: Additional flags.
    ///   - environment: Settings without a flag.
    ///   - openFilesMax: Its limit of open files, soft and hard; nil for that of the tests.
    static func start(
        data: String, port: Int = 0, flags: [String] = [], environment: [String: String] = [:],
        openFilesMax: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ServerBinary {
        let arguments = ["serve", "--listen", "127.0.0.1:\(port)", "--data", data] + flags
        let process =
            if let openFilesMax {
                // prlimit(1) becomes the command.
                try ChildProcess(
                    "/usr/bin/prlimit", ["--nofile=\(openFilesMax):\(openFilesMax)", Wharf.path] + arguments,
                    environment: environment)
            } else {
                try Wharf.start(arguments, environment: environment)
            }
        let progress = await process.progress { Self.port(in: $0.errorText) != nil }
        let bound = try #require(
            Self.port(in: progress.errorText), "the server did not start: \(progress.errorText)",
            sourceLocation: sourceLocation)
        return ServerBinary(process: process, port: bound)
    }

    /// Runs `body` with a server, which must then shut down gracefully.
    static func run<Value: Sendable>(
        data: String, flags: [String] = [], sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (ServerBinary) async throws -> Value
    ) async throws -> Value {
        let server = try await start(data: data, flags: flags, sourceLocation: sourceLocation)
        let value = try await body(server)
        try await server.stop(sourceLocation: sourceLocation)
        return value
    }

    var address: String { "http://127.0.0.1:\(port)" }

    /// Sends SIGKILL and waits for the end of the process.
    func kill() async {
        process.kill(SIGKILL)
        _ = await process.end()
    }

    /// Sends SIGTERM; the process must end with status 0.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        process.kill(SIGTERM)
        let (end, progress) = await process.end()
        try #require(end == .exit(0), "\(progress.errorText)", sourceLocation: sourceLocation)
    }

    /// The peak of its resident memory (`VmHWM` of proc(5)).
    func peakMemoryBytes() throws -> Int {
        try Int(field("VmHWM:", of: "status")) << 10
    }

    /// The bytes written so far, to files and connections (`wchar` of proc(5)).
    func writtenBytes() throws -> UInt64 {
        try field("wchar:", of: "io")
    }

    private func field(_ name: String, of file: String) throws -> UInt64 {
        let text = String(decoding: try #require(TestFiles.read("/proc/\(process.pid)/\(file)")), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name) })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { UInt64($0) })
    }

    private static func port(in log: String) -> Int? {
        guard let start = log.firstMatch(of: /listening on https?:\/\/127\.0\.0\.1:/)?.range.upperBound,
            log[start...].contains(where: \.isNewline)
        else { return nil }
        return Int(log[start...].prefix(while: \.isNumber))
    }
}

/// A free port that stays free while its server is down: it lies below the ephemeral ports
/// (`ip_local_port_range` of ip(7) begins at 32768).
func stablePort(sourceLocation: SourceLocation = #_sourceLocation) throws -> Int {
    for _ in 0..<1000 {
        let port = Int.random(in: 20_000..<32_000)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(descriptor >= 0, sourceLocation: sourceLocation)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return port }
    }
    return try #require(nil, "there is no free port", sourceLocation: sourceLocation)
}
