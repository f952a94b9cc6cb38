import Glibc
import NativeWire
import Testing
import UploadTestKit

/// What `make install` installs beside the command.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DocumentsTests {
    private static let script =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
        + "/scripts/install-documents"

    private func run(_ path: String, _ arguments: String...) async throws -> Wharf.Outcome {
        let process = try ChildProcess(path, arguments, environment: ["PATH": "/bin:/usr/bin", "LC_ALL": "C.UTF-8"])
        let outcome = await Wharf.outcome(of: process)
        try #require(outcome.end == .exit(0), "\(outcome.output)\(outcome.errors)")
        return outcome
    }

    @Test func `the manual page and the completions are installed, and are what they should be`() async throws {
        let directory = try TemporaryDirectory()
        _ = try await run("/bin/bash", Self.script, Wharf.path, directory.path)
        func path(_ name: String) -> String { directory.path + "/share/" + name }
        for (name, word) in [
            ("bash-completion/completions/wharf", "complete"), ("zsh/site-functions/_wharf", "#compdef wharf"),
            ("fish/vendor_completions.d/wharf.fish", "complete -c 'wharf'"), ("man/man1/wharf.1", ".TH WHARF 1"),
        ] {
            let text = String(decoding: try #require(TestFiles.read(path(name))), as: UTF8.self)
            #expect(text.contains(word), "\(name)")
            #expect(text.contains("capsule") && text.contains("ca-file") || text.contains("ca\\-file"), "\(name)")
            var status = stat()
            try #require(stat(path(name), &status) == 0)
            #expect(status.st_mode & 0o777 == 0o644)
        }
        _ = try await run("/bin/bash", "-n", path("bash-completion/completions/wharf"))
        guard access("/usr/bin/groff", X_OK) == 0 else { return }
        let page = try await run("/usr/bin/groff", "-k", "-Tutf8", "-man", "-ww", "-P-cbou", path("man/man1/wharf.1"))
        #expect(page.errors == "")
        #expect(page.output.contains("wharf get --all --capsule Wedding -o wedding"))
        #expect(page.output.contains("--ca-file CA-FILE"))
    }

    @Test func `the version is printed`() async throws {
        #expect(try await Wharf.run(["--version"]).output == "\(Version.current)\n")
    }
}
