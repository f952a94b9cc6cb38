import Glibc
import NativeWire
import Testing
import UploadCore
import UploadTestKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct PutGetTests {
    @Test func `files of many sizes are downloaded unchanged`() async throws {
        try await CommandFixture.run { fixture in
            for length in [0, 1, 1000, 65_536, 65_537, 1 << 20, 3_000_001] {
                let content = Content(seed: UInt64(length), length: length)
                let put = try await fixture.run("put", try fixture.file("file", content), "--chunk-size", "300000")
                #expect(put.words.dropFirst() == [content.digest.hex, fixture.path("file")])
                #expect(try await fixture.bytes(of: try #require(put.words.first)) == content.bytes)
            }
            #expect(try await fixture.run("ls").output.split(whereSeparator: \.isNewline).count == 7)
        }
    }

    @Test func `a directory is uploaded recursively, with relative names`() async throws {
        try await CommandFixture.run { fixture in
            for directory in ["top", "top/below", "top/empty"] { mkdir(fixture.path(directory), 0o700) }
            _ = try fixture.file("top/b", Content(seed: 1, length: 10))
            _ = try fixture.file("top/below/a", Content(seed: 2, length: 20))
            try await fixture.run("put", fixture.path("top"))
            let uploads = try await fixture.documents(UploadDocument.self, "ls", "--state", "committed")
            let lengths = Dictionary(uniqueKeysWithValues: uploads.map { ($0.name, $0.length) })
            #expect(lengths == ["b": 10, "below/a": 20])
        }
    }

    @Test func `standard input of unknown length is uploaded`() async throws {
        try await CommandFixture.run { fixture in
            let content = Content(seed: 3, length: 2_500_000)
            let put = try await fixture.run(
                "put", "-", "--name", "a stream", "--chunk-size", "100000", input: content.bytes)
            let blob = try #require(put.words.first)
            #expect(try await fixture.bytes(of: blob) == content.bytes)
            let empty = try await fixture.run("put", "-")
            #expect(try await fixture.bytes(of: try #require(empty.words.first)) == [])
        }
    }

    @Test func `an existing file is replaced only by force`() async throws {
        try await CommandFixture.run { fixture in
            let content = Content(seed: 4, length: 5000)
            let blob = try await fixture.put(try fixture.file("file", content))
            let other = try fixture.file("other", Content(seed: 5, length: 7))
            let refused = try await fixture.run("get", blob, "-o", other, status: 74)
            #expect(refused.errors.contains("already exists"))
            #expect(TestFiles.read(other)?.count == 7)
            try await fixture.run("get", blob, "-o", other, "--force")
            #expect(TestFiles.read(other) == content.bytes)
            let pipe = fixture.path("pipe")
            try #require(mkfifo(pipe, 0o600) == 0)
            let kept = try await fixture.run("get", blob, "-o", pipe, "--force", status: 74)
            #expect(kept.errors.contains("is not a regular file"))
        }
    }

    @Test func `a download resumes from existing bytes, and restarts if they differ`() async throws {
        try await CommandFixture.run { fixture in
            let content = Content(seed: 6, length: 1 << 20)
            let blob = try await fixture.put(try fixture.file("file", content))
            for (part, name) in [
                (Array(content.bytes.prefix(700_000)), "half"), ([UInt8](repeating: 7, count: 700_000), "damaged"),
                (content.bytes, "whole"), ([UInt8](repeating: 7, count: 2 << 20), "too long"),
            ] {
                try TestFiles.write(part, to: fixture.path(name + ".part"))
                try await fixture.run("get", blob, "-o", fixture.path(name))
                #expect(TestFiles.read(fixture.path(name)) == content.bytes, "\(name)")
                #expect(TestFiles.read(fixture.path(name + ".part")) == nil, "\(name)")
            }
        }
    }

    @Test func `without a place for states files are sent with a warning, unless the place was named`() async throws {
        try await CommandFixture.run { fixture in
            let server = ["WHARF_SERVER": fixture.server.address]
            let file = try fixture.file("file", Content(seed: 7, length: 5000))
            #expect(try await Wharf.run(["put", file], environment: server).errors.contains("HOME is not set"))
            let unusable = try await Wharf.run(["put", file], environment: server.merging(["HOME": file]) { $1 })
            #expect(unusable.errors.contains("the next run starts over"))
            try await fixture.run("put", file, "--state-dir", file + "/state", status: 74)
            #expect(try await fixture.run("put", file, "--state-dir", "").errors == "")
            // Without a state the server is asked whether it has the bytes.
            #expect(try await fixture.documents(BlobDocument.self, "ls").count == 1)
            try await fixture.run("put", file, "--state-dir", "", "--no-skip")
            #expect(try await fixture.documents(BlobDocument.self, "ls").count == 2)
            let other = try fixture.file("other", Content(seed: 7, length: 5000))
            let copied = try await fixture.run("put", other, "-v")
            #expect(copied.errors.contains("copied from the same bytes on the server"))
            let listed = try await fixture.documents(BlobDocument.self, "ls")
            #expect(listed.map(\.name).sorted() == ["file", "file", "other"])
        }
    }
}
