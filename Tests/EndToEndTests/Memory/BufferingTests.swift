import struct Crypto.SHA256
import HTTPTypes
import NIOCore
import NIOPosix
import NativeWire
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// The server buffers no bodies: its resident memory does not grow with the uploaded bytes.
///
/// The tests measure the peak (`VmHWM`) of a debug build above that of the idle server; a release build needs less.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BufferingTests {
    private static let mebibyte = 1 << 20

    @Test func `an upload of 2 GiB raises the peak by less than 48 MiB`() async throws {
        let chunkBytes = 64 * Self.mebibyte
        let chunkCount = 32
        let directory = try TemporaryDirectory()
        try await ServerBinary.run(data: directory.path + "/data", flags: ["--durability", "process-crash"]) { server in
            try await withTransport(port: server.port) { transport, _ in
                let calls = RawCalls(transport: transport)
                _ = try await calls.send(.get, NativePath.uploadConfig)
                let idle = try server.peakMemoryBytes()

                let length = UInt64(chunkBytes * chunkCount)
                let new = NewUploadDocument(name: "huge", length: length, chunkSize: UInt64(chunkBytes))
                let upload = try await calls.begin(new).document(UploadDocument.self).id
                let pieces = GeneratedBytes(length: chunkBytes)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for index in 0..<chunkCount {
                        if index >= 4, let status = try await group.next() { #expect(status == 204) }
                        group.addTask {
                            let path = NativePath.chunk(UInt64(index), ofUpload: upload)
                            return try await calls.send(.put, path, .stream(pieces, length: UInt64(chunkBytes))).status
                        }
                    }
                    while let status = try await group.next() { #expect(status == 204) }
                }
                let finished = try await calls.finish(upload, FinishDocument(length: length))
                    .document(FinishedDocument.self)
                #expect(finished.sha256 == pieces.digest(times: chunkCount).hex)

                let peak = try server.peakMemoryBytes() - idle
                #expect(peak < 48 * Self.mebibyte, "\(peak >> 10) KiB above \(idle >> 10) KiB")
                Attachment.record("\(peak >> 10) KiB above \(idle >> 10) KiB\n", named: "2-gib.txt")
            }
        }
    }

    @Test func `500 uploads that are half sent raise the peak by less than 96 MiB`() async throws {
        let (count, chunkBytes) = (500, Self.mebibyte)
        let directory = try TemporaryDirectory()
        let flags = [
            "--durability", "process-crash", "--set", "active-uploads-max=\(count)", "--set",
            "writers-per-caller-max=\(count)",
            // The first body stalls until the last has begun, which may take a slow machine longer than a client may.
            "--set", "body-idle-timeout=10m", "--set", "body-rate-window=10m",
        ]
        try await ServerBinary.run(data: directory.path + "/data", flags: flags) { server in
            try await withTransport(port: server.port) { transport, _ in
                let calls = RawCalls(transport: transport)
                _ = try await calls.send(.get, NativePath.uploadConfig)
                let idle = try server.peakMemoryBytes()

                var half: [any Channel] = []
                for number in 0..<count {
                    let new = NewUploadDocument(
                        name: "half-\(number)", length: UInt64(chunkBytes), chunkSize: UInt64(chunkBytes))
                    let upload = try await calls.begin(new).document(UploadDocument.self).id
                    half.append(
                        try await Self.send(
                            chunkBytes / 2, of: chunkBytes, to: NativePath.chunk(0, ofUpload: upload), port: server.port
                        ))
                }
                // All are in progress, the server has stored the sent bytes, and it still answers.
                let deadline = ContinuousClock.now + .seconds(60)
                while try server.writtenBytes() < UInt64(count * chunkBytes / 2), ContinuousClock.now < deadline {
                    let alive = try await calls.send(.get, NativePath.uploadConfig).status
                    #expect(alive == 200)
                }
                #expect(try server.writtenBytes() >= UInt64(count * chunkBytes / 2))
                let open = half.count { $0.isActive }
                #expect(open == count)

                let peak = try server.peakMemoryBytes() - idle
                #expect(peak < 96 * Self.mebibyte, "\(peak >> 10) KiB above \(idle >> 10) KiB")
                Attachment.record("\(peak >> 10) KiB above \(idle >> 10) KiB\n", named: "500-half.txt")
                for channel in half { try await channel.close() }
            }
        }
    }

    /// Begins a request and sends only so many bytes of its body.
    private static func send(_ count: Int, of length: Int, to path: String, port: Int) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port).get()
        let head = "PUT \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\r\n"
        channel.write(ByteBuffer(string: head), promise: nil)
        try await channel.writeAndFlush(Content(seed: 1, length: count).buffer)
        return channel
    }
}

/// A repeated piece of bytes; the whole is never in memory.
private struct GeneratedBytes: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error
    private static let piece = Content(seed: 1, length: 256 << 10).buffer

    /// A multiple of 256 KiB.
    let length: Int

    func makeAsyncIterator() -> Iterator { Iterator(left: length) }

    /// The digest of so many repetitions of the sequence.
    func digest(times: Int) -> UploadModel.Digest {
        var hasher = SHA256()
        for _ in 0..<times * length / Self.piece.readableBytes {
            Self.piece.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
        }
        return UploadModel.Digest(hasher.finalize())
    }

    struct Iterator: AsyncIteratorProtocol {
        typealias Failure = any Error
        var left: Int

        mutating func next() async throws -> ByteBuffer? {
            guard left > 0 else { return nil }
            left -= piece.readableBytes
            return piece
        }
    }
}
