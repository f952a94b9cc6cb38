import Glibc
import NativeWire
import Testing
import UploadTestKit

/// `put` of directories, as people use it day after day.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PutManyTests {
    private struct Line: Decodable {
        let path: String?
        let skipped: Bool?
        let blob: String?
        let plan: String?
    }

    private func fill(_ fixture: CommandFixture, _ count: Int) throws {
        mkdir(fixture.path("top"), 0o700)
        for number in 0..<count {
            _ = try fixture.file("top/\(number).txt", Content(seed: UInt64(number), length: 100 + number))
        }
    }

    @Test func `a directory that is put again is skipped, and what changed is sent`() async throws {
        try await CommandFixture.run { fixture in
            try fill(fixture, 30)
            _ = try fixture.file("top/large.mov", Content(seed: 99, length: 3_000_000))
            let first = try await fixture.documents(Line.self, "put", fixture.path("top"))
            #expect(first.count == 31 && first.allSatisfy { $0.skipped == false })
            let second = try await fixture.documents(Line.self, "put", fixture.path("top"))
            #expect(second.count == 31 && second.allSatisfy { $0.skipped == true })
            #expect(Set(second.map(\.blob)) == Set(first.map(\.blob)))
            _ = try fixture.file("top/3.txt", Content(seed: 77, length: 103))
            let plan = try await fixture.documents(Line.self, "put", fixture.path("top"), "--dry-run")
            #expect(plan.filter { $0.plan == "send" }.map(\.path) == [fixture.path("top/3.txt")])
            let third = try await fixture.run("put", fixture.path("top"))
            #expect(third.errors.contains("1 file sent (103 B), 30 skipped, which the server has."))
            let uploads = try await fixture.documents(UploadDocument.self, "ls", "--state", "committed")
            #expect(uploads.count == 32)
            #expect(uploads.contains { $0.name == "large.mov" && $0.type == "video/quicktime" })
            #expect(uploads.filter { $0.name == "0.txt" }.map(\.type) == ["text/plain"])
            let again = try await fixture.run("put", fixture.path("top"), "--no-skip")
            #expect(again.errors.contains("31 files sent"))
        }
    }

    @Test func `what cannot be read is reported, the rest is sent, and the exit status tells of it`() async throws {
        try await CommandFixture.run { fixture in
            try fill(fixture, 2)
            try #require(symlink("0.txt", fixture.path("top/link")) == 0)
            let outcome = try await fixture.run("put", fixture.path("none"), fixture.path("top"), status: 74)
            #expect(outcome.output.split(whereSeparator: \.isNewline).count == 2)
            #expect(outcome.errors.contains("\(fixture.path("none")): stat of"))
            #expect(outcome.errors.contains("Passed over 1 symbolic link: \(fixture.path("top/link"))."))
        }
    }

    @Test func `patterns choose the files`() async throws {
        try await CommandFixture.run { fixture in
            try fill(fixture, 3)
            _ = try fixture.file("top/x.jpg", Content(seed: 1, length: 5))
            let chosen = try await fixture.documents(
                Line.self, "put", fixture.path("top"), "--include", "*.{jpg,txt}", "--exclude", "/1.txt")
            let paths = chosen.compactMap { line in line.blob == nil ? nil : line.path }
            #expect(paths.sorted() == ["0.txt", "2.txt", "x.jpg"].map { fixture.path("top/\($0)") })
            try await fixture.run("put", fixture.path("top"), "--include", "[a", status: 64)
        }
    }

    @Test func `a quiet command writes nothing, and a dash is explained`() async throws {
        try await CommandFixture.run { fixture in
            try fill(fixture, 2)
            let quiet = try await fixture.run("put", "--quiet", fixture.path("top"))
            #expect(quiet.output.isEmpty && quiet.errors.isEmpty)
            let dash = try await fixture.run("put", "-leading-dash.txt", status: 64)
            #expect(dash.errors.contains("wharf put -- -leading-dash.txt"))
        }
    }

    @Test func `an unusable state directory is a warning`() async throws {
        try await CommandFixture.run { fixture in
            let file = try fixture.file("file", Content(seed: 1, length: 10))
            let outcome = try await fixture.run("put", file, environment: ["XDG_STATE_HOME": file + "/below"])
            #expect(outcome.errors.contains("the next run starts over") && outcome.words.count == 3)
        }
    }
}
