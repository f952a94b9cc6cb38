import Glibc
import Testing
import UploadClient
import UploadTestKit

@testable import WharfCommand

@Suite struct ProfileFileTests {
    private func file(in directory: TemporaryDirectory) throws -> ProfileFile {
        try #require(ProfileFile { $0 == "XDG_CONFIG_HOME" ? directory.path + "/config" : nil })
    }

    @Test func `the place follows the XDG specification`() {
        func path(_ environment: [String: String]) -> String? { ProfileFile { environment[$0] }?.path }
        #expect(path(["XDG_CONFIG_HOME": "/c", "HOME": "/h"]) == "/c/wharf/profiles.json")
        #expect(path(["XDG_CONFIG_HOME": "c", "HOME": "/h"]) == "/h/.config/wharf/profiles.json")
        #expect(path(["HOME": "h"]) == nil)
        #expect(path([:]) == nil)
    }

    @Test func `profiles are saved for their owner alone, and read again`() throws {
        let directory = try TemporaryDirectory()
        let file = try file(in: directory)
        #expect(try file.read() == Profiles())
        let home = Profile(server: "https://nas.lan", token: "secret", caFile: "/ca.pem")
        try file.change { profiles throws(ClientError) in profiles.profiles["myHome"] = home }
        try file.change { profiles throws(ClientError) in profiles.profiles["other"] = Profile(server: "http://o") }
        #expect(try file.read().profiles == ["myHome": home, "other": Profile(server: "http://o")])
        var status = stat()
        try #require(stat(file.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        try #require(stat(directory.path + "/config/wharf", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
    }

    @Test(arguments: [0o644, 0o640, 0o606] as [mode_t])
    func `a file that others may use is refused with the remedy`(_ mode: mode_t) throws {
        let directory = try TemporaryDirectory()
        let file = try file(in: directory)
        try file.change { profiles throws(ClientError) in profiles.profiles["a"] = Profile(server: "http://a") }
        try #require(chmod(file.path, mode) == 0)
        let error = #expect(throws: ClientError.self) { try file.read() }
        #expect(error?.advice.contains("chmod 600 \(file.path)") == true)
    }

    @Test(arguments: ["", "{", "[]", #"{"profiles":[]}"#, #"{"profiles":{"a":{}}}"#])
    func `a file of something else is refused, and is not replaced`(_ text: String) throws {
        let directory = try TemporaryDirectory()
        let file = try file(in: directory)
        try file.change { profiles throws(ClientError) in profiles.profiles["a"] = Profile(server: "http://a") }
        try TestFiles.write(text.utf8, to: file.path)
        try #require(chmod(file.path, 0o600) == 0)
        let error = #expect(throws: ClientError.self) {
            try file.change { profiles throws(ClientError) in profiles.profiles["b"] = Profile(server: "http://b") }
        }
        #expect(error?.code == .localFile)
        #expect(TestFiles.read(file.path) == Array(text.utf8))
    }

    @Test func `a token is one word, with or without its scheme`() throws {
        func token(_ line: String) throws(ClientError) -> String { try TokenInput.token(in: Array(line.utf8)) }
        #expect(try token("wharf_abc\r") == "wharf_abc")
        #expect(try token("  wharf_abc  ") == "wharf_abc")
        #expect(try token("Bearer wharf_abc") == "wharf_abc")
        #expect(try token("") == "")
        for line in ["two words", "a b c", "Bearer a b", "tökén", "a\u{1B}[2J"] {
            #expect(throws: ClientError.self) { try token(line) }
        }
    }
}
