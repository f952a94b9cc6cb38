import Glibc
import NativeWire
import Testing
import UploadTestKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct RemoveCommandTests {
    private func names(_ fixture: CommandFixture) async throws -> [String] {
        try await fixture.documents(BlobDocument.self, "ls").map(\.name)
    }

    @Test func `files are deleted by name and by id, and what is deleted is printed`() async throws {
        try await CommandFixture.run { fixture in
            var ids: [String: String] = [:]
            for (seed, name) in ["a", "b", "c"].enumerated() {
                ids[name] = try await fixture.put(try fixture.file(name, Content(seed: UInt64(seed), length: 10)))
            }
            let (a, b) = (try #require(ids["a"]), try #require(ids["b"]))
            #expect(try await fixture.run("rm", "a").output == "\(a)  removed  a\n")
            #expect(try await fixture.run("rm", b).words == [b, "removed", "b"])
            #expect(try await names(fixture) == ["c"])
            // One that does not exist stops no other.
            let partly = try await fixture.run("rm", "a", "c", status: 1)
            #expect(partly.errors.contains("a: No file has the name “a”."))
            #expect(try await names(fixture).isEmpty)
            try await fixture.run("rm", a, status: 1)
        }
    }

    @Test func `a name that several files have is refused with their ids`() async throws {
        try await CommandFixture.run { fixture in
            let file = try fixture.file("a", Content(seed: 1, length: 10))
            let one = try await fixture.put(file)
            try await fixture.run("put", try fixture.file("b", Content(seed: 2, length: 10)), "--name", "a")
            let refused = try await fixture.run("rm", "a", status: 64)
            #expect(refused.errors.contains("2 files have the name “a”: ") && refused.errors.contains(one))
            #expect(try await names(fixture) == ["a", "a"])
        }
    }

    @Test func `a directory is deleted recursively, in its capsule only`() async throws {
        try await CommandFixture.run { fixture in
            for directory in ["top", "top/holiday", "top/holiday2"] { mkdir(fixture.path(directory), 0o700) }
            for (seed, name) in ["a", "holiday/b", "holiday/c", "holiday2/d"].enumerated() {
                _ = try fixture.file("top/" + name, Content(seed: UInt64(seed), length: 10))
            }
            try await fixture.run("put", fixture.path("top"))
            try await fixture.run("rm", "holiday", status: 1)
            let removed = try await fixture.run("rm", "-r", "holiday")
            #expect(removed.output.split(whereSeparator: \.isNewline).count == 2)
            #expect(try await names(fixture) == ["a", "holiday2/d"])
            try await fixture.run("capsule", "create", "Other")
            try await fixture.run("rm", "-r", "holiday2", "--capsule", "Other", status: 1)
            try await fixture.run("rm", "a", "--capsule", "No such capsule", status: 1)
            #expect(try await names(fixture) == ["a", "holiday2/d"])
        }
    }
}
