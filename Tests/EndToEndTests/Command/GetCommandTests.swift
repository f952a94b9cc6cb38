import Glibc
import NativeWire
import Testing
import UploadClient
import UploadTestKit

/// `wharf get` of names, patterns, directories and capsules.
@Suite(.serialized, .timeLimit(.minutes(5))) struct GetCommandTests {
    private struct Got: Decodable {
        let path: String
        let unchanged: Bool
        let sha256: String?
    }

    /// Runs a command in the directory of a fixture.
    private func run(
        _ fixture: CommandFixture, _ command: String, status: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Wharf.Outcome {
        let process = try ChildProcess(
            "/bin/sh", ["-c", "cd '\(fixture.directory.path)' && " + command],
            environment: ["WHARF_SERVER": fixture.server.address, "WHARF": Wharf.path, "PATH": "/bin:/usr/bin"])
        let outcome = await Wharf.outcome(of: process)
        try #require(outcome.end == .exit(status), "\(outcome.output)\(outcome.errors)", sourceLocation: sourceLocation)
        return outcome
    }

    /// Uploads bytes under a name.
    private func put(_ fixture: CommandFixture, _ name: String, _ seed: UInt64, _ more: String...) async throws
        -> String
    {
        let file = try fixture.file("source", Content(seed: seed, length: 2000))
        let outcome = try await Wharf.run(
            ["put", file, "--name", name] + more, environment: ["WHARF_SERVER": fixture.server.address])
        return try #require(outcome.words.first)
    }

    private func read(_ fixture: CommandFixture, _ name: String) -> [UInt8]? { TestFiles.read(fixture.path(name)) }

    private func bytes(_ seed: UInt64) -> [UInt8] { Content(seed: seed, length: 2000).bytes }

    @Test func `a file is downloaded by its name, of several the newest, with the mode that the umask gives`()
        async throws
    {
        try await CommandFixture.run { fixture in
            _ = try await put(fixture, "holiday/kiss.jpg", 1)
            let newest = try await put(fixture, "holiday/kiss.jpg", 2)
            let got = try await run(fixture, "umask 027 && $WHARF get holiday/kiss.jpg")
            #expect(got.errors.contains("2 files have the name “holiday/kiss.jpg”; this is the newest, \(newest)."))
            #expect(read(fixture, "kiss.jpg") == bytes(2))
            var status = stat()
            try #require(stat(fixture.path("kiss.jpg"), &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o640)
            // What is there already is not downloaded again, and something else is not replaced.
            #expect(try await run(fixture, "$WHARF get \(newest)").output.contains("unchanged"))
            try TestFiles.write([1], to: fixture.path("kiss.jpg"))
            _ = try await run(fixture, "$WHARF get \(newest)", status: 74)
            _ = try await run(fixture, "$WHARF get \(newest) --force")
            #expect(read(fixture, "kiss.jpg") == bytes(2))
            _ = try await run(fixture, "$WHARF get nothing.jpg", status: 1)
        }
    }

    @Test func `several files go into a directory, and one that does not exist stops no other`() async throws {
        try await CommandFixture.run { fixture in
            let one = try await put(fixture, "a.jpg", 1)
            _ = try await put(fixture, "sub/b.jpg", 2)
            let got = try await run(fixture, "$WHARF get \(one) nothing sub/b.jpg -o new/er", status: 1)
            #expect(got.errors.contains("nothing: No file has the name “nothing”."))
            #expect(read(fixture, "new/er/a.jpg") == bytes(1) && read(fixture, "new/er/b.jpg") == bytes(2))
            _ = try await run(fixture, "$WHARF get '*.jpg' -o pattern")
            #expect(read(fixture, "pattern/a.jpg") == bytes(1) && read(fixture, "pattern/b.jpg") == bytes(2))
            // A single file into a directory that exists.
            _ = try await run(fixture, "$WHARF get a.jpg -o new")
            #expect(read(fixture, "new/a.jpg") == bytes(1))
            // A directory that does not exist is not made for a path of a file.
            _ = try await run(fixture, "$WHARF get a.jpg -o nowhere/a.jpg", status: 74)
        }
    }

    @Test func `a whole capsule becomes a directory, resumed by the same command`() async throws {
        try await CommandFixture.run { fixture in
            let created = try await fixture.documents(CapsuleDocument.self, "capsule", "create", "Our wedding")
            let capsule = try #require(created.first).id
            for (name, seed) in [("a.jpg", 1), ("sub/b.jpg", 2), ("sub/../../c.jpg", 3), ("a.jpg", 4), ("a.jpg", 1)] {
                _ = try await put(fixture, name, UInt64(seed), "--capsule", capsule)
            }
            _ = try await put(fixture, "elsewhere.jpg", 5)
            let command = "$WHARF get --all --capsule 'Our wedding' -o album --json"
            func documents(_ outcome: Wharf.Outcome) throws -> [Got] {
                try outcome.output.split(whereSeparator: \.isNewline).map {
                    try NativeJSON.decode(Got.self, from: Array($0.utf8))
                }
            }
            let first = try documents(try await run(fixture, command))
            // The same bytes under the same name are one file.
            #expect(first.count == 4 && first.allSatisfy { !$0.unchanged })
            #expect(read(fixture, "album/a.jpg") == bytes(1) && read(fixture, "album/sub/b.jpg") == bytes(2))
            #expect(read(fixture, "album/sub/_/_/c.jpg") == bytes(3))
            let other = try #require(first.first { $0.path.hasPrefix("album/a-") })
            #expect(read(fixture, other.path) == bytes(4))
            try #require(unlink(fixture.path("album/sub/b.jpg")) == 0)
            let second = try documents(try await run(fixture, command))
            #expect(second.filter { !$0.unchanged }.map(\.path) == ["album/sub/b.jpg"])
            _ = try await run(fixture, "$WHARF get -r sub --capsule 'Our wedding' -o part")
            #expect(read(fixture, "part/sub/b.jpg") == bytes(2) && read(fixture, "part/a.jpg") == nil)
            _ = try await run(fixture, "$WHARF get --all --capsule 'Our wedding'", status: 64)
        }
    }

    @Test func `the longest names, joiners and control characters become files`() async throws {
        try await CommandFixture.run { fixture in
            let long = String(repeating: "x", count: 251) + ".jpg"
            let family = "👨\u{200D}👩\u{200D}👧 می\u{200C}خواهم.jpg"
            for (seed, name) in [long, family, "bell\u{7}\u{1B}[2J.jpg"].enumerated() {
                let blob = try await put(fixture, name, UInt64(seed))
                let got = try await run(fixture, "$WHARF get \(blob)")
                #expect(!got.output.contains("\u{1B}") && !got.output.contains("\u{7}"))
            }
            #expect(read(fixture, long) == bytes(0))
            #expect(read(fixture, family) == bytes(1))
            #expect(read(fixture, "bell__[2J.jpg") == bytes(2))
        }
    }

    @Test func `bytes go to standard output, and nothing else does`() async throws {
        try await CommandFixture.run { fixture in
            let text = try fixture.file("text", Content(seed: 1, length: 300_000))
            _ = try await fixture.put(text)
            let process = try fixture.start(["get", "text", "-o", "-"])
            let (end, progress) = await process.end()
            #expect(end == .exit(0))
            #expect(progress.output == Content(seed: 1, length: 300_000).bytes)
            try await fixture.run("get", "text", "other", "-o", "-", status: 64)
        }
    }

    @Test func `assets of memories are downloaded by kind, and a memory is its original`() async throws {
        try await CommandFixture.run { fixture in
            let original = try await put(fixture, "kiss.jpg", 1)
            let display = try await put(fixture, "kiss.webp", 2)
            let memory = try await withClient(port: fixture.server.port) { client in
                try await client.createMemory(
                    NewMemoryDocument(
                        title: "The kiss",
                        assets: [
                            NewAssetDocument(kind: "original", blob: original),
                            NewAssetDocument(kind: "display", blob: display),
                        ]))
            }
            _ = try await run(fixture, "$WHARF get \(memory.id)")
            _ = try await run(fixture, "$WHARF get \(memory.id)/display")
            #expect(read(fixture, "kiss.jpg") == bytes(1) && read(fixture, "kiss.webp") == bytes(2))
            let none = try await run(fixture, "$WHARF get \(memory.id)/thumb", status: 1)
            #expect(none.errors.contains("It has original, display."))

            // A blob that the memory uses stays.
            let refused = try await fixture.run("rm", "kiss.jpg", status: 1)
            #expect(refused.errors.contains("A memory uses this blob."))
        }
    }
}
