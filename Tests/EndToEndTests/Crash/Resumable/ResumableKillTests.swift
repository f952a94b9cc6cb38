import NIOCore
import Testing
import UploadCore
import UploadTestKit

/// A server that is killed while it tells offsets in interim responses: none that was told is ever lost.
@Suite(.timeLimit(.minutes(10))) struct ResumableKillTests {
    private static let byteCount = 8_000_000

    @Test(arguments: ["power-loss", "process-crash"], [3, 5, 6, 8, 9])
    func `an upload goes on after a kill from an offset that is not below the last one told`(
        durability: String, version: Int
    ) async throws {
        var random = SeededRandom(seed: UInt64(version))
        let file = random.bytes(Self.byteCount)
        let directory = try TemporaryDirectory()
        let flags = ["--durability", durability, "--set", "checkpoint-bytes=64KiB"]
        var server = try await ServerBinary.start(data: directory.path + "/data", flags: flags)
        let interim = try await KeptConnection.open(port: server.port) { connection in
            try await connection.send(
                Self.header("POST", "/files", version, ["Content-Length: \(file.count)"], completes: true))
            let first = try await connection.read(until: "\r\n\r\n")
            try await connection.send(ByteBuffer(bytes: file[..<random.within(1_000_000...7_000_000)]))
            // Version 3 tells no offsets.
            let told = version == 3 ? "" : try await connection.read(until: "Upload-Offset: ")
            await server.kill()
            return first + told + ((try? await connection.read(until: "no such text")) ?? "")
        }
        let location = try #require(Self.fields("Location", in: interim).first)
        let upload = String(location[try #require(location.firstRange(of: "/files/")).lowerBound...])
        let told = Self.fields("Upload-Offset", in: interim).compactMap { Int($0) }
        #expect(told == told.sorted() && told.isEmpty == (version == 3))

        server = try await ServerBinary.start(data: directory.path + "/data", flags: flags)
        let head = try await Self.exchange(
            server, Self.header("HEAD", upload, version, ["Connection: close"], completes: nil))
        let offset = try #require(Self.fields("Upload-Offset", in: head).first.flatMap { Int($0) })
        #expect(offset >= told.last ?? 0)
        let rest = file[offset...]
        let append = [
            "Upload-Offset: \(offset)", "Content-Type: application/partial-upload", "Content-Length: \(rest.count)",
            "Connection: close",
        ]
        let final = try await Self.exchange(
            server, Self.header("PATCH", upload, version, append, completes: true), ByteBuffer(bytes: rest))
        #expect(final.contains("HTTP/1.1 201 "))
        #expect(final.contains(Digest(of: file).hex))
        try await server.stop()
    }

    private static func header(
        _ method: String, _ path: String, _ version: Int, _ fields: [String], completes: Bool?
    ) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Upload-Draft-Interop-Version: \(version)"]
        if completes == true { lines.append(version == 3 ? "Upload-Incomplete: ?0" : "Upload-Complete: ?1") }
        return (lines + fields).joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Sends a request that ends its connection.
    private static func exchange(
        _ server: ServerBinary, _ header: String, _ body: ByteBuffer = ByteBuffer()
    ) async throws -> String {
        try await KeptConnection.open(port: server.port) { connection in
            try await connection.send(header)
            if body.readableBytes > 0 { try await connection.send(body) }
            return try await connection.read(until: "no such text")
        }
    }

    /// The values of a field whose line is complete.
    private static func fields(_ name: String, in text: String) -> [String] {
        text.components(between: name + ": ", and: "\r\n")
    }
}

extension String {
    fileprivate func components(between start: String, and end: String) -> [String] {
        var rest = self[...]
        var found: [String] = []
        while let opening = rest.firstRange(of: start) {
            rest = rest[opening.upperBound...]
            guard let closing = rest.firstRange(of: end) else { break }
            found.append(String(rest[..<closing.lowerBound]))
            rest = rest[closing.upperBound...]
        }
        return found
    }
}
