import Glibc
import Testing
import UploadTestKit

/// What the README shows to those who embed the library.
@Suite(.timeLimit(.minutes(2))) struct ReadmeTests {
    private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        .joined(separator: "/")

    private func text(_ path: String) throws -> String {
        String(decoding: try #require(TestFiles.read(Self.root + "/" + path)), as: UTF8.self)
    }

    @Test func `the example for embedders is the program that is compiled, and works`() async throws {
        let example = try text("Examples/Embedding/main.swift")
        #expect(try text("README.md").contains("```swift\n\(example)```"))
        let directory = try TemporaryDirectory()
        let process = try ChildProcess(
            "/bin/sh", ["-c", "cd '\(directory.path)' && exec '\(Wharf.directory)/embedding-example'"], environment: [:]
        )
        let outcome = await Wharf.outcome(of: process)
        #expect(outcome.end == .exit(0), "\(outcome.errors)")
        let words = outcome.output.split(separator: " ")
        #expect(words.first == "upload" && outcome.output.hasSuffix(" has 20000000 bytes\n"), "\(outcome.output)")
        #expect(words.dropFirst().first.map(\.utf8.count) == 32)
    }

    @Test func `the example for servers is the program that is compiled, and serves`() async throws {
        let example = try text("Examples/Serving/main.swift")
        #expect(try text("README.md").contains("```swift\n\(example)```"))
        let directory = try TemporaryDirectory()
        let port = try stablePort()
        let process = try ChildProcess(
            "/bin/sh", ["-c", "cd '\(directory.path)' && exec '\(Wharf.directory)/serving-example' \(port)"],
            environment: [:])
        _ = await process.progress { $0.errorText.contains("listening") }
        let environment = [
            "WHARF_SERVER": "http://127.0.0.1:\(port)/media", "WHARF_TOKEN": "secret", "HOME": directory.path,
        ]
        let sent = [UInt8](repeating: 7, count: 300_000)
        try TestFiles.write(sent, to: directory.path + "/a.bin")
        let put = try await Wharf.run(["put", directory.path + "/a.bin"], environment: environment)
        let got = try await Wharf.run(["get", "a.bin", "-o", "-"], environment: environment)
        #expect(Array(got.output.utf8) == sent, "\(put.output)")
        process.kill(SIGTERM)
        #expect(await Wharf.outcome(of: process).end == .exit(0))
    }
}
