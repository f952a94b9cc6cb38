import Glibc
import NativeWire
import Testing
import UploadTestKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct ListCommandTests {
    private func put(_ fixture: CommandFixture, _ names: String...) async throws {
        for (seed, name) in names.enumerated() {
            let file = try fixture.file("source", Content(seed: UInt64(seed), length: 1000))
            try await fixture.run("put", file, "--name", name)
        }
    }

    private func names(_ fixture: CommandFixture, _ arguments: String...) async throws -> [String] {
        let outcome = try await Wharf.run(
            ["ls", "--json"] + arguments, environment: ["WHARF_SERVER": fixture.server.address])
        return try outcome.output.split(whereSeparator: \.isNewline).map {
            try NativeJSON.decode(BlobDocument.self, from: Array($0.utf8)).name
        }
    }

    @Test func `files are filtered, ordered and limited`() async throws {
        try await CommandFixture.run { fixture in
            try await put(fixture, "a.jpg", "holiday/B.JPG", "holiday/c.jpg", "d.png")
            #expect(try await names(fixture) == ["a.jpg", "holiday/B.JPG", "holiday/c.jpg", "d.png"])
            #expect(try await names(fixture, "--newest", "--limit", "2") == ["d.png", "holiday/c.jpg"])
            #expect(try await names(fixture, "--limit", "1") == ["a.jpg"])
            #expect(try await names(fixture, "b.jpg") == ["holiday/B.JPG"])
            #expect(try await names(fixture, "*.jpg") == ["a.jpg", "holiday/c.jpg"])
            #expect(try await names(fixture, "holiday/*") == ["holiday/B.JPG", "holiday/c.jpg"])
            #expect(
                try await names(fixture, "*.png", "a")
                    == ["a.jpg", "holiday/B.JPG", "holiday/c.jpg", "d.png"].filter {
                        $0.lowercased().contains("a") || $0.hasSuffix(".png")
                    })
            try await fixture.run("ls", "--limit", "0", status: 64)
            #expect(
                try await fixture.run("ls", "--all", "--capsule", "default").output.split(separator: "\n").count == 4)
        }
    }

    @Test func `a title stands for a capsule, unless several have it`() async throws {
        try await CommandFixture.run { fixture in
            try await fixture.run("capsule", "create", "Summer")
            let file = try fixture.file("a", Content(seed: 1, length: 10))
            try await fixture.run("put", file, "--capsule", "Summer")
            #expect(try await names(fixture, "--capsule", "Summer") == ["a"])
            #expect(try await names(fixture, "--capsule", "default") == [])
            #expect(try await fixture.run("capsule", "show", "Summer").output.contains("title    Summer"))
            try await fixture.run("capsule", "add", "Summer", "ben")
            try await fixture.run("link", "create", "Summer")
            try await fixture.run("memories", "ls", "--capsule", "Summer")
            try await fixture.run("capsule", "create", "Summer")
            let refused = try await fixture.run("ls", "--capsule", "Summer", status: 64)
            #expect(refused.errors.contains("2 capsules have the name “Summer”: "))
            try await fixture.run("ls", "--capsule", "Winter", status: 1)
        }
    }

    @Test(.enabled(if: access("/usr/bin/script", X_OK) == 0, "script(1) makes the terminal"))
    func `a list fits a terminal of 40 columns, and no name controls it`() async throws {
        try await CommandFixture.run { fixture in
            try await put(fixture, String(repeating: "a long name ", count: 15), "日本語日本語日本語日本語日本語.jpg", "bell\u{1B}[2J")
            let process = try ChildProcess(
                "/usr/bin/script", ["-qefc", "stty cols 40; exec \(Wharf.path) ls", "/dev/null"],
                environment: ["WHARF_SERVER": fixture.server.address, "PATH": "/bin:/usr/bin"])
            let outcome = await Wharf.outcome(of: process)
            #expect(outcome.end == .exit(0), "\(outcome.output)\(outcome.errors)")
            let lines = outcome.output.split(whereSeparator: \.isNewline)
            #expect(lines.count == 3)
            // A wide character takes two columns.
            for line in lines {
                #expect(line.reduce(0) { $0 + ($1.utf8.count > 2 && $1 != "…" ? 2 : 1) } <= 41, "\(line)")
            }
            #expect(!outcome.output.contains("\u{1B}"))
        }
    }
}
