import Glibc
import HTTPTypes
import NativeWire
import NIOCore
import Testing
import UploadClient
import UploadTestKit

/// A server on a small file system of its own, which it fills, and which others then fill to the last byte.
///
/// Only root can mount a file system; without it the simulated disks of `WharfTests` have to suffice.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: SmallFileSystem.canMount)) struct FullDiskTests {
    @Test func `a server that filled its disk deletes, expires, restarts and takes bytes again`() async throws {
        try await SmallFileSystem.run(megabytes: 100) { disk in
            let data = disk.path + "/data"
            var flags = ["--set", "time-to-live=1s", "--set", "expiry-grace=0s", "--set", "sweep-interval=1h"]
            let blobs = try await ServerBinary.run(data: data, flags: flags) { server in
                try await withCalls(server) { calls in
                    _ = try await calls.begin(NewUploadDocument(name: "a", length: 10))
                    let blobs = try await fill(calls)
                    #expect(blobs.count > 50)
                    try await disk.fillCompletely()
                    #expect(try await calls.read(blobs[0], 0..<1000).status == 206)
                    #expect(try await calls.send(.delete, NativePath.blob(blobs[1])).status == 204)
                    let readiness = try await calls.send(.get, "/readyz")
                    #expect(readiness.status == 503)
                    #expect(String(buffer: readiness.body).contains("store_full"))
                    return blobs
                }
            }
            try await disk.fillCompletely()
            try await Wharf.run(["check", "--data", data])
            flags[flags.count - 1] = "sweep-interval=100ms"
            try await ServerBinary.run(data: data, flags: flags) { server in
                try await withCalls(server) { calls in
                    #expect(try await calls.read(blobs[0], 0..<1000).status == 206)
                    for blob in blobs.dropFirst(2) {
                        #expect(try await calls.send(.delete, NativePath.blob(blob)).status == 204)
                    }
                    let log = await server.process.progress { $0.errorText.contains("uploads expired") }.errorText
                    #expect(log.contains("new uploads are refused"))
                    try disk.freeFiller()
                    var isReady = false
                    for _ in 0..<10_000 where !isReady {
                        isReady = try await calls.send(.get, "/readyz").status == 200
                    }
                    #expect(isReady)
                    #expect(
                        try await calls.send(.post, "/v1/blobs", .bytes(Content(seed: 1, length: 300_000).buffer))
                            .status == 201)
                }
            }
            try await Wharf.run(["check", "--data", data])
        }
    }

    private func withCalls<Value: Sendable>(
        _ server: ServerBinary, _ body: (RawCalls) async throws -> Value
    ) async throws -> Value {
        try await withTransport(port: server.port) { transport, _ in try await body(RawCalls(transport: transport)) }
    }

    /// Stores bodies of falling size until the smallest is refused, and more of them then.
    private func fill(_ calls: RawCalls) async throws -> [String] {
        var blobs: [String] = []
        for size in [300_000, 60_000, 20_000, 1000] {
            while true {
                let answer = try await calls.send(.post, "/v1/blobs", .bytes(Content(seed: 1, length: size).buffer))
                if answer.status == 507 { break }
                #expect(answer.status == 201)
                blobs.append(try answer.document(FinishedDocument.self).blob)
            }
        }
        for _ in 0..<100 {
            #expect(
                try await calls.send(.post, "/v1/blobs", .bytes(Content(seed: 1, length: 1000).buffer)).status == 507)
        }
        return blobs
    }
}

/// A tmpfs, mounted for one test.
struct SmallFileSystem: Sendable {
    static let canMount: Bool = {
        guard geteuid() == 0, let directory = try? TemporaryDirectory() else { return false }
        guard mount("tmpfs", directory.path, "tmpfs", 0, nil) == 0 else { return false }
        umount(directory.path)
        return true
    }()

    let path: String
    private var filler: String { path + "/filler" }

    static func run(megabytes: Int, _ body: (SmallFileSystem) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        try #require(mount("tmpfs", directory.path, "tmpfs", 0, "size=\(megabytes)m") == 0)
        // Lazily: a failed test may leave a server behind.
        defer { umount2(directory.path, CInt(MNT_DETACH)) }
        try await body(SmallFileSystem(path: directory.path))
    }

    /// Takes every free byte, as another process does.
    func fillCompletely() async throws {
        let file = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        for size in [1 << 20, 4096, 1] {
            let bytes = [UInt8](repeating: 7, count: size)
            while bytes.withUnsafeBytes({ write(file, $0.baseAddress, size) }) == size {}
        }
    }

    func freeFiller() throws { try #require(unlink(filler) == 0) }
}
