import Glibc
import HTTPTestKit
import Testing
import UploadTestKit

/// `wharf login`, `logout` and the use of profiles.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LoginTests {
    /// Runs `body` beside a server that wants tokens, with an environment that has a place for profiles only.
    private func run(
        flags: [String] = [],
        _ body: (CommandFixture, _ token: String, _ environment: [String: String]) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let tokens = directory.path + "/tokens"
        let token = try await Wharf.run(["token", "add", "--file", tokens, "ada"]).words.joined()
        let flags = ["--auth", "tokens=\(tokens)"] + flags
        try await ServerBinary.run(data: directory.path + "/data", flags: flags) { server in
            try await body(
                CommandFixture(directory: directory, server: server), token,
                ["XDG_CONFIG_HOME": directory.path + "/config", "XDG_STATE_HOME": directory.path + "/state"])
        }
    }

    @Test func `a profile is saved once its token was tried, and used until it is removed`() async throws {
        try await run { fixture, token, environment in
            let login = ["login", "--server", fixture.server.address]
            let wrong = try await Wharf.run(
                login, status: 77, environment: environment, input: Array("wharf_wrong\n".utf8))
            #expect(wrong.errors.contains("token"))
            #expect(TestFiles.read(fixture.path("config/wharf/profiles.json")) == nil)
            let saved = try await Wharf.run(login, environment: environment, input: Array("\(token)\n".utf8))
            #expect(saved.output.contains("  ada  saved as “default”"))
            #expect(!saved.output.contains(token))
            let file = try fixture.file("a", Content(seed: 1, length: 10))
            try await Wharf.run(["put", file], environment: environment)
            #expect(try await Wharf.run(["ls"], environment: environment).words.last == "a")
            // A token never goes to another server.
            let other = environment.merging(["WHARF_SERVER": "http://localhost:\(fixture.server.port)"]) { $1 }
            try await Wharf.run(["ls"], status: 77, environment: other)

            try await Wharf.run(["logout"], environment: environment)
            try await Wharf.run(["logout"], status: 1, environment: environment)
            try await Wharf.run(
                ["ls", "--server", fixture.server.address], status: 77, environment: environment)
        }
    }

    @Test func `profiles have names`() async throws {
        try await run { fixture, token, environment in
            let input = Array("Bearer \(token)".utf8)
            try await Wharf.run(
                ["login", "--server", fixture.server.address, "--profile", "home"], environment: environment,
                input: input)
            try await Wharf.run(["ls", "--profile", "home"], environment: environment)
            try await Wharf.run(["ls"], environment: environment.merging(["WHARF_PROFILE": "home"]) { $1 })
            let unknown = try await Wharf.run(["ls", "--profile", "work"], status: 64, environment: environment)
            #expect(unknown.errors.contains("There are: home."))
            try await Wharf.run(["login", "--profile", "a/b"], status: 64, environment: environment)
        }
    }

    @Test func `without a home directory there is no profile, and everything else works`() async throws {
        try await run { fixture, token, _ in
            try await Wharf.run(
                ["login", "--server", fixture.server.address], status: 74, input: Array(token.utf8))
            try await Wharf.run(
                ["ls"], environment: ["WHARF_SERVER": fixture.server.address, "WHARF_TOKEN": token])
        }
    }

    /// Runs its arguments on a terminal, types the first line of standard input once there is a prompt, and prints what the
    /// terminal shows.
    private static let terminal = """
        import os, pty, sys
        pid, terminal = pty.fork()
        if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
        shown, typed = b"", False
        while True:
            try: piece = os.read(terminal, 4096)
            except OSError: break
            if not piece: break
            shown += piece
            if not typed and shown.endswith(b": "):
                os.write(terminal, sys.stdin.buffer.readline())
                typed = True
        sys.stdout.buffer.write(shown)
        sys.stdout.flush()
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """

    @Test(.enabled(if: access("/usr/bin/python3", X_OK) == 0, "Python makes the terminal"))
    func `a token that is typed is not shown`() async throws {
        try await run { fixture, token, environment in
            let process = try ChildProcess(
                "/usr/bin/python3",
                ["-c", Self.terminal, Wharf.path, "login", "--server", fixture.server.address],
                environment: environment, input: Array("\(token)\n".utf8))
            let outcome = await Wharf.outcome(of: process)
            #expect(outcome.end == .exit(0), "\(outcome.output)")
            #expect(outcome.output.contains("Token for \(fixture.server.address): "))
            #expect(outcome.output.contains("saved as “default”"))
            #expect(!outcome.output.contains(token))
        }
    }

    @Test func `an authority of one's own is trusted with --ca-file, and from a profile`() async throws {
        let directory = try TemporaryDirectory()
        for (name, text) in [
            ("ca.pem", TestCertificates.authority), ("chain.pem", TestCertificates.server),
            ("key.pem", TestCertificates.serverKey),
        ] {
            try TestFiles.write(text.utf8, to: directory.path + "/" + name)
        }
        let ca = directory.path + "/ca.pem"
        try await run(flags: [
            "--tls-certificate", directory.path + "/chain.pem", "--tls-key", directory.path + "/key.pem",
        ]) {
            fixture, token, environment in
            let address = "https://localhost:\(fixture.server.port)"
            let direct = environment.merging(["WHARF_TOKEN": token, "WHARF_SERVER": address]) { $1 }
            try await Wharf.run(["ls", "--ca-file", ca], environment: direct)
            try await Wharf.run(["ls"], environment: direct.merging(["WHARF_CA_FILE": ca]) { $1 })
            try await Wharf.run(
                ["login", "--server", address, "--ca-file", ca], environment: environment, input: Array(token.utf8))
            try await Wharf.run(["ls"], environment: environment)
            let none = try await Wharf.run(
                ["ls", "--ca-file", directory.path + "/key.pem"], status: 74, environment: direct)
            #expect(none.errors.contains("has no certificate in PEM format"))
            try await Wharf.run(["ls", "--ca-file", directory.path + "/none"], status: 74, environment: direct)
        }
    }
}
