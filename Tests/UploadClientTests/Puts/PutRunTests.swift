import DurableFiles
import Glibc
import HTTPTypes
import HTTPWire
import NativeWire
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// `PutRun` with a journal, as runs of a command.
@Suite struct PutRunTests {
    private let fixture: Fixture

    init() throws {
        fixture = try Fixture(chunkSize: 300_000)
        use(ServerFeatures(batchMax: 100, deduplication: true))
    }

    private func use(_ features: ServerFeatures) {
        fixture.server.state.withLock { $0.features = features }
    }

    private func run(
        _ names: [String], skips: Bool = true, parallel: Int = 2, client: UploadClient? = nil
    ) async throws -> PutOutcomes {
        try await fixture.outcomes(of: names, skips: skips, parallel: parallel, client: client)
    }

    private func run(_ client: UploadClient, skips: Bool = true) async throws -> PutRun {
        try await fixture.putRun(client, skips: skips)
    }

    private func file(_ name: String) throws -> PutFile { try fixture.putFile(name) }

    private func write(_ count: Int, bytes: Int = 100) throws -> [String] {
        try (0..<count).map { number in
            let name = "file-\(number).jpg"
            try fixture.write(content(bytes, seed: UInt64(number + 1)), to: name)
            return name
        }
    }

    private func calls(_ path: String) -> Int {
        fixture.server.calls.filter { $0.path.prefix { $0 != "?" } == path && $0.method == .post }.count
    }

    // MARK: - Requests

    @Test func `small files share requests, a large one has its own`() async throws {
        let names = try write(250)
        try fixture.write(content(2 << 20), to: "large.mov")
        let outcomes = try await run(names + ["large.mov"])
        #expect(outcomes.sent.count == 251 && outcomes.failed.isEmpty)
        #expect(calls("/v1/blobs/batch") == 3 && calls("/v1/blobs") == 0 && calls("/v1/uploads") == 1)
        for (number, name) in names.enumerated() {
            let blob = try #require(outcomes.sent[name]?.blob)
            #expect(fixture.server.blob(blob) == content(100, seed: UInt64(number + 1)))
        }
        let first = try #require(fixture.server.files.first { $0.name == "file-0.jpg" })
        #expect(first.type == "image/jpeg" && first.modifiedAt?.hasSuffix("Z") == true)
        #expect(try #require(outcomes.sent["large.mov"]).type == "video/quicktime")
    }

    @Test(arguments: [nil, 0, 1]) func `a server without batches gets a request for each file`(_ filesMax: Int?)
        async throws
    {
        use(ServerFeatures(batchMax: filesMax))
        #expect(try await run(try write(5)).sent.count == 5)
        #expect(calls("/v1/blobs") == 5 && calls("/v1/blobs/batch") == 0)
    }

    @Test func `a server that refuses batches gets a request for each file, after one attempt`() async throws {
        fixture.server.fail { $0.path == "/v1/blobs/batch" ? .answered(.notFound) : nil }
        #expect(try await run(try write(150), parallel: 1).sent.count == 150)
        #expect(calls("/v1/blobs") == 150 && calls("/v1/blobs/batch") == 1)
    }

    @Test func `the failure of one file of a batch does not stop the others`() async throws {
        fixture.server.state.withLock { $0.refusedNames["file-1.jpg"] = UploadError(.notFound(.capsule)) }
        let outcomes = try await run(try write(3))
        #expect(outcomes.sent.keys.sorted() == ["file-0.jpg", "file-2.jpg"])
        #expect(outcomes.failed["file-1.jpg"]?.code == .notFound)
    }

    @Test func `a batch that a proxy finds too long is halved`() async throws {
        let names = try write(8, bytes: 1000)
        let longest = Mutex(0)
        fixture.server.fail { call in
            guard call.path == "/v1/blobs/batch" else { return nil }
            // The first three are those with eight and four files.
            let count = longest.withLock { count in
                count += 1
                return count
            }
            return count <= 2 ? .answered(.contentTooLarge) : nil
        }
        #expect(try await run(names).sent.count == 8)
        #expect(calls("/v1/blobs/batch") == 5)
    }

    @Test func `a batch or a lookup that is refused as a whole does not stop the run`()
        async throws
    {
        let names = try write(3)
        fixture.server.fail { call in
            ["/v1/blobs/batch", "/v1/blobs/lookup"].contains(call.path)
                ? .refused(Problem(UploadError(.invalidArgument("items", "is wrong")))) : nil
        }
        #expect(try await run(names).sent.count == 3)
        #expect(calls("/v1/blobs/batch") == 1 && calls("/v1/blobs") == 3)
        #expect(try await run(names).known.count == 3)
    }

    @Test func `an unreachable server and a refused token stop the run, once`() async throws {
        let names = try write(3)
        use(ServerFeatures())
        fixture.server.fail { $0.path.hasPrefix("/v1/blobs") ? .unconnected : nil }
        let error = try await refusal { try await run(names, client: fixture.client(retries: .never)) }
        #expect(error.code == .unreachable)
        fixture.server.fail { $0.path.hasPrefix("/v1/blobs") ? .refused(Problem(.unauthenticated)) : nil }
        #expect(try await refusal { try await run(names) }.code.rawValue == "unauthenticated")
    }

    // MARK: - Earlier runs

    @Test func `a second run sends nothing, and asks the server with one request`() async throws {
        let names = try write(40)
        try fixture.write(content(2 << 20), to: "large")
        let first = try await run(names + ["large"])
        let sent = fixture.server.calls.count
        let second = try await run(names + ["large"])
        #expect(second.known == first.sent.mapValues(\.blob) && second.sent.isEmpty)
        #expect(fixture.server.calls.dropFirst(sent).map(\.path) == ["/v1/upload-config", "/v1/blobs/lookup"])
    }

    @Test func `without a lookup each blob is asked for`() async throws {
        use(ServerFeatures())
        let names = try write(3)
        _ = try await run(names)
        #expect(try await run(names).known.count == 3)
        #expect(fixture.server.files.count == 3)
    }

    @Test func `a file whose blob was deleted is sent again`() async throws {
        let names = try write(2)
        let first = try await run(names)
        fixture.server.state.withLock { $0.blobs[first.sent[names[0]]?.blob ?? ""] = nil }
        let second = try await run(names)
        #expect(second.sent.keys.sorted() == [names[0]] && second.known.keys.sorted() == [names[1]])
        #expect(second.sent[names[0]]?.blob != first.sent[names[0]]?.blob)
    }

    @Test func `a blob with the same bytes elsewhere does not hide a deleted one`() async throws {
        try fixture.write(content(10), to: "a")
        try fixture.write(content(10), to: "b")
        let first = try await run(["a", "b"])
        let other = try #require(first.sent["b"]?.blob)
        fixture.server.state.withLock { $0.blobs[first.sent["a"]?.blob ?? ""] = nil }
        let second = try await run(["a", "b"])
        #expect(second.sent.keys.sorted() == ["a"] && second.known == ["b": other])
    }

    @Test(arguments: [100, 2 << 20])
    func `a file with another time and the same bytes is skipped, with other bytes it is sent`(_ size: Int) async throws
    {
        try fixture.write(content(size), to: "file")
        let first = try await run(["file"])
        try touch("file")
        let second = try await run(["file"])
        #expect(second.known == first.sent.mapValues(\.blob))
        // The new time is in the journal: the file is not read again.
        let before = fixture.server.calls.count
        #expect(try await run(["file"]).known.count == 1)
        #expect(fixture.server.calls.count == before + 2)
        try fixture.write(content(size, seed: 9), to: "file")
        try touch("file")
        #expect(try await run(["file"]).sent.count == 1)
    }

    /// Gives a file a time that no write gave it.
    private func touch(_ name: String) throws {
        var times = [timespec(tv_sec: Int.random(in: 1...1_000_000_000), tv_nsec: 0)]
        times.append(times[0])
        try #require(utimensat(AT_FDCWD, fixture.path(name), times, 0) == 0)
    }

    @Test func `files are sent again on request, and under new keys`() async throws {
        let names = try write(3)
        _ = try await run(names)
        #expect(try await run(names, skips: false).sent.count == 3)
        #expect(fixture.server.files.count == 6)
    }

    @Test(arguments: [true, false])
    func `small files whose response was lost are stored once`(_ hasBatches: Bool) async throws {
        use(ServerFeatures(batchMax: hasBatches ? 100 : nil))
        let names = try write(3)
        fixture.server.fail { $0.path.hasPrefix("/v1/blobs") ? .answerLost : nil }
        _ = try await refusal {
            try await run(names, parallel: 1, client: fixture.client(retries: .never))
        }
        fixture.server.fail { _ in nil }
        #expect(try await run(names).sent.count == 3)
        #expect(fixture.server.files.count == 3)
    }

    @Test func `a key that belongs to other bytes is replaced`() async throws {
        try fixture.write(content(10), to: "file")
        fixture.server.fail { $0.path.hasPrefix("/v1/blobs") ? .answerLost : nil }
        _ = try await refusal { try await run(["file"], client: fixture.client(retries: .never)) }
        fixture.server.fail { _ in nil }
        // The same size and time, as a careless copy has them.
        let time = try file("file").modifiedNanoseconds
        try fixture.write(content(10, seed: 2), to: "file")
        let times = Array(
            repeating: timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000)), count: 2)
        try #require(utimensat(AT_FDCWD, fixture.path("file"), times, 0) == 0)
        let blob = try #require(try await run(["file"]).sent["file"]?.blob)
        #expect(fixture.server.blob(blob) == content(10, seed: 2))
    }

    @Test func `a plan sends nothing and tells what a run would do`() async throws {
        let names = try write(3)
        _ = try await run([names[0], names[1]])
        try touch(names[1])
        let before = fixture.server.files.count
        let plans = try await run(try fixture.client()).plans(for: names.map(file))
        #expect(plans == [.skip(blob: "blob-1"), .skip(blob: "blob-2"), .send])
        #expect(fixture.server.files.count == before)
    }

    // MARK: - Names and sizes

    @Test func `a file whose name is not UTF-8 is read by its bytes and stored under a repaired name`() async throws {
        let path = LocalPath(bytes: Array(fixture.directory.path.utf8) + Array("/caf".utf8) + [0xE9])
        for size in [10, 2 << 20] {
            let bytes = content(size)
            let descriptor = path.withCString { open($0, O_WRONLY | O_CREAT | O_TRUNC, 0o600) }
            try #require(descriptor >= 0 && writeAll(bytes, to: descriptor) == 0)
            close(descriptor)
            let file = PutFile(
                path: path, name: path.lastComponent.text, size: UInt64(size), modifiedNanoseconds: 0,
                journalPath: path.key)
            let sent = Mutex<FinishedDocument?>(nil)
            try await run(try fixture.client()).run(
                [file], parallel: 1,
                PutObserver { _, outcome in
                    if case .sent(let finished) = outcome { sent.withLock { $0 = finished } }
                })
            let finished = try #require(sent.withLock { $0 })
            #expect(finished.name == "caf\u{FFFD}" && fixture.server.blob(finished.blob) == bytes)
        }
    }

    @Test func `files whose size is wrong are sent with the bytes that they have`() async throws {
        let path: LocalPath = "/proc/self/status"
        let file = PutFile(path: path, name: "status", size: 0, modifiedNanoseconds: 0, journalPath: path.key)
        let sizes = Mutex<[UInt64]>([])
        try await run(try fixture.client()).run(
            [file], parallel: 1,
            PutObserver { _, outcome in
                if case .sent(let finished) = outcome { sizes.withLock { $0.append(finished.size) } }
            })
        let size = try #require(sizes.withLock { $0 }.first)
        #expect(size > 100)
        // Neither is its time believed: it is never skipped.
        let journal = try PutJournal.open(
            in: fixture.store.directory, server: fixture.client().server, capsule: nil)
        #expect(journal.entry(path.key) == nil)
        let alone = try await fixture.client().put(.file(path: "/proc/self/status"))
        #expect(alone.size > 100)
    }

    @Test func `a large file that changes once is sent again, one that always changes is refused`() async throws {
        let bytes = content(2 << 20)
        try fixture.write(bytes, to: "file")
        let changed = content(2 << 20, seed: 2)
        fixture.server.fail { [path = fixture.path("file")] call in
            if call.path.hasSuffix("upload-1/chunks/5") { try TestFiles.write(changed, to: path) }
            return nil
        }
        let blob = try #require(try await run(["file"], parallel: 1).sent["file"]?.blob)
        #expect(fixture.server.blob(blob) == changed)

        let seed = Mutex<UInt64>(3)
        fixture.server.fail { [path = fixture.path("file")] call in
            guard call.path.hasSuffix("/chunks/5") else { return nil }
            let next = seed.withLock { seed in
                seed += 1
                return seed
            }
            try TestFiles.write(content(2 << 20, seed: next), to: path)
            return nil
        }
        let outcomes = try await run(["file"], skips: false, parallel: 1)
        #expect(outcomes.failed["file"]?.code == .contentChanged)
    }

    @Test func `a file that is gone fails alone`() async throws {
        let names = try write(2)
        let files = try names.map(file)
        unlink(fixture.path(names[0]))
        let outcomes = Mutex<[Bool]>([false, false])
        try await run(try fixture.client()).run(
            files, parallel: 1,
            PutObserver { number, outcome in
                if case .sent = outcome { outcomes.withLock { $0[number] = true } }
            })
        #expect(outcomes.withLock { $0 } == [false, true])
    }
}
