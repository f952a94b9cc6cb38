import DurableFiles
import Glibc
import HTTPTypes
import NativeWire
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// `wharf backup`, beside a server and without one.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BackupTests {
    private struct Result: Decodable {
        let objects: Int
        let linked: Int
        let copied: Int
        let kept: Int
        let removed: Int
        let damaged: Int
    }

    /// The blobs that a load has stored, by id.
    private final class Load: Sendable {
        private let blobs = Mutex<[String: Content]>([:])
        private let isOver = Mutex(false)

        var stored: [String: Content] { blobs.withLock { $0 } }
        func end() { isOver.withLock { $0 = true } }

        func run(_ client: Int, _ calls: RawCalls) async throws {
            var round = 0
            while !isOver.withLock({ $0 }) {
                round += 1
                let content = Content(seed: UInt64(client * 1000 + round), length: 1000 + round * 20_000 % 300_000)
                let answer = try await calls.putWhole(content, name: "load", key: "\(client) \(round)")
                let blob = try answer.document(FinishedDocument.self).blob
                if round.isMultiple(of: 3) {
                    #expect(try await calls.send(.delete, NativePath.blob(blob)).status == 204)
                } else {
                    blobs.withLock { $0[blob] = content }
                }
            }
        }

        /// Waits until so many blobs more than now are stored.
        func more(_ count: Int) async {
            let wanted = stored.count + count
            while stored.count < wanted { await Task.yield() }
        }
    }

    @Test func `backups of a server under load are complete and clean, and are served`() async throws {
        let directory = try TemporaryDirectory()
        let (data, backup) = (directory.path + "/data", directory.path + "/backup")
        let film = Content(seed: 1, length: 2_500_000)
        let half = Content(seed: 2, length: 300_000)
        let (blobs, blob, upload) = try await ServerBinary.run(data: data) { server in
            let fixture = CommandFixture(directory: directory, server: server)
            let blob = try await fixture.put(try fixture.file("film", film))
            return try await withTransport(port: server.port) { transport, _ in
                let calls = RawCalls(transport: transport)
                let upload = try await calls.begin(
                    NewUploadDocument(name: "half", length: UInt64(half.length), chunkSize: 100_000)
                ).document(UploadDocument.self).id
                for index in [2, 0] {
                    #expect(try await calls.putChunk(index, of: upload, half.chunk(index, of: 100_000)).status == 204)
                }
                let load = Load()
                return try await withThrowingTaskGroup { group in
                    for client in 0..<4 { group.addTask { try await load.run(client, calls) } }
                    await load.more(20)
                    let first = try await fixture.documents(Result.self, "backup", backup, "--data", data)
                    #expect(first.map(\.damaged) == [0])
                    #expect(first.allSatisfy { $0.linked > 0 && $0.copied >= 1 && $0.kept == 0 })
                    await load.more(20)
                    let before = load.stored
                    let second = try await fixture.documents(Result.self, "backup", backup, "--data", data)
                    #expect(second.allSatisfy { $0.linked > 0 && $0.kept > 0 && $0.damaged == 0 })
                    load.end()
                    try await group.waitForAll()
                    return (before, blob, upload)
                }
            }
        }
        for path in [backup, data] {
            // On a busy machine a removal may be left to the next opening, which says so after “clean”.
            let outcome = try await Wharf.run(["check", path])
            #expect(outcome.output.contains("verified: clean"), "\(outcome.output)")
        }

        try await ServerBinary.run(data: backup) { server in
            let fixture = CommandFixture(directory: directory, server: server)
            #expect(try await fixture.bytes(of: blob) == film.bytes)
            try await withTransport(port: server.port) { transport, _ in
                let calls = RawCalls(transport: transport)
                for (id, content) in blobs {
                    let answer = try await calls.read(id, 0..<content.length)
                    #expect(answer.status == 206 && answer.body == content.buffer)
                }
                let status = try await calls.status(upload).document(UploadDocument.self)
                #expect(status.received == [[0, 100_000], [200_000, 300_000]] || status.receivedBytes == 200_000)
                #expect(try await calls.putChunk(1, of: upload, half.chunk(1, of: 100_000)).status == 204)
                let finished = try await calls.finish(upload, FinishDocument(sha256: half.digest.hex))
                #expect(finished.status == 201 || finished.status == 200)
            }
            // It is a store now.
            try await fixture.run("backup", directory.path + "/other", "--data", backup)
        }
        try await Wharf.run(["check", backup])
        try await Wharf.run(["backup", backup, "--data", data], status: 74)
        // The restored store shared files with the original.
        try await Wharf.run(["check", "--data", data])
    }

    @Test func `a store without a server is backed up, with copies on request`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path + "/data"
        try await ServerBinary.run(data: data) { server in
            let fixture = CommandFixture(directory: directory, server: server)
            _ = try await fixture.put(try fixture.file("file", Content(seed: 1, length: 1 << 20)))
        }
        let copied = try await Wharf.run(["backup", directory.path + "/copy", "--data", data, "--copy"])
        #expect(copied.output.contains(": 0 objects linked, 1 copied, 0 kept, 0 removed; 1."))
        let linked = try await Wharf.run(["backup", directory.path + "/link", "--data", data])
        #expect(linked.output.contains(": 1 objects linked, 0 copied"))
        for path in ["copy", "link"] { try await Wharf.run(["check", directory.path + "/" + path]) }
        try await Wharf.run(["backup", directory.path + "/link", "--data", directory.path + "/nothing"], status: 74)
        let inside = try await Wharf.run(["backup", data + "/backup", "--data", data], status: 74)
        #expect(inside.errors.contains("is in the store’s directory"))
        let other = try await Wharf.run(["backup", directory.path, "--data", data], status: 74)
        #expect(other.errors.contains("is not empty and not a backup"))
    }

    @Test func `a server in a directory with a long path makes backups, also after it was killed`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path + "/" + String(repeating: "long/", count: 30) + "data"
        let first = try await ServerBinary.start(data: data)
        await first.kill()
        try await ServerBinary.run(data: data) { server in
            try await Wharf.run(["backup", directory.path + "/backup", "--data", data])
            let inside = try await Wharf.run(["backup", data + "/backup", "--data", data], status: 74)
            #expect(inside.errors.contains("is in the store’s directory"))
        }
        try await Wharf.run(["check", directory.path + "/backup"])
        #expect(access(data + "/control", F_OK) != 0)
    }
}
