import Glibc
import NativeWire
import Testing
import UploadCore
import UploadTestKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct PutGetTests {
    @Test func `files of many sizes come back as they were`() async throws {
        try await CommandBench.run { bench in
            for length in [0, 1, 1000, 65_536, 65_537, 1 << 20, 3_000_001] {
                let content = Content(seed: UInt64(length), length: length)
                let put = try await bench.run("put", try bench.file("file", content), "--chunk-size", "300000")
                #expect(put.words.dropFirst() == [content.digest.hex, bench.path("file")])
                #expect(try await bench.bytes(of: try #require(put.words.first)) == content.bytes)
            }
            #expect(try await bench.run("ls").output.split(whereSeparator: \.isNewline).count == 7)
        }
    }

    @Test func `a directory is uploaded with everything below it, named from there`() async throws {
        try await CommandBench.run { bench in
            for directory in ["top", "top/below", "top/empty"] { mkdir(bench.path(directory), 0o700) }
            _ = try bench.file("top/b", Content(seed: 1, length: 10))
            _ = try bench.file("top/below/a", Content(seed: 2, length: 20))
            try await bench.run("put", bench.path("top"))
            let uploads = try await bench.documents(UploadDocument.self, "ls", "--state", "committed")
            #expect(uploads.map(\.name) == ["b", "below/a"])
            #expect(uploads.map(\.length) == [10, 20])
        }
    }

    @Test func `standard input of unknown length is uploaded`() async throws {
        try await CommandBench.run { bench in
            let content = Content(seed: 3, length: 2_500_000)
            let put = try await bench.run(
                "put", "-", "--name", "a stream", "--chunk-size", "100000", input: content.bytes)
            let blob = try #require(put.words.first)
            #expect(try await bench.bytes(of: blob) == content.bytes)
            let empty = try await bench.run("put", "-")
            #expect(try await bench.bytes(of: try #require(empty.words.first)) == [])
        }
    }

    @Test func `an existing file is replaced only by force`() async throws {
        try await CommandBench.run { bench in
            let content = Content(seed: 4, length: 5000)
            let blob = try await bench.put(try bench.file("file", content))
            let other = try bench.file("other", Content(seed: 5, length: 7))
            let refused = try await bench.run("get", blob, "-o", other, status: 74)
            #expect(refused.errors.contains("exists already"))
            #expect(Files.read(other)?.count == 7)
            try await bench.run("get", blob, "-o", other, "--force")
            #expect(Files.read(other) == content.bytes)
        }
    }

    @Test func `a download goes on from what is there, and starts anew if that is something else`() async throws {
        try await CommandBench.run { bench in
            let content = Content(seed: 6, length: 1 << 20)
            let blob = try await bench.put(try bench.file("file", content))
            for (part, name) in [
                (Array(content.bytes.prefix(700_000)), "half"), ([UInt8](repeating: 7, count: 700_000), "damaged"),
                (content.bytes, "whole"), ([UInt8](repeating: 7, count: 2 << 20), "too long"),
            ] {
                try Files.write(part, to: bench.path(name + ".part"))
                try await bench.run("get", blob, "-o", bench.path(name))
                #expect(Files.read(bench.path(name)) == content.bytes, "\(name)")
                #expect(Files.read(bench.path(name + ".part")) == nil, "\(name)")
            }
        }
    }
}
