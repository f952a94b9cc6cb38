import Glibc
import NativeWire
import Testing
import UploadTestKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct TokenCommandTests {
    private struct Line: Decodable {
        let principal: String
        let token: String?
        let sha256: String?
        let removed: Int?
        let `operator`: Bool?
    }

    private func lines(_ arguments: String...) async throws -> [Line] {
        try await Wharf.run(["token"] + arguments + ["--json"]).output.split(whereSeparator: \.isNewline).map {
            try NativeJSON.decode(Line.self, from: Array($0.utf8))
        }
    }

    @Test func `failures end with the documented exit status`() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/tokens"
        try await Wharf.run(["token", "list", "--file", file], status: 74)
        try await Wharf.run(["token", "list", "--file", directory.path], status: 74)
        try await Wharf.run(["token", "add", "--file", directory.path + "/none/tokens", "ada"], status: 74)
        try await Wharf.run(["token", "add", "--file", file, "two words"], status: 64)
        try await Wharf.run(["token", "add", "--file", file], status: 64)
        try await Wharf.run(["token", "add", "--file", file, "ada"])
        let missing = try await Wharf.run(["token", "remove", "--file", file, "ben"], status: 1)
        #expect(missing.errors == "wharf: \(file): “ben” has no such token.\n")
        try TestFiles.write("nonsense".utf8, to: file)
        try await Wharf.run(["token", "list", "--file", file], status: 74)
    }

    @Test func `the output is JSON on request`() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/tokens"
        let added = try #require(try await lines("add", "--file", file, "--operator", "ada").first)
        #expect(added.token?.hasPrefix("wharf_") == true && added.principal == "ada" && added.operator == true)
        let listed = try await lines("list", "--file", file)
        #expect(listed.map(\.principal) == ["ada"] && listed[0].sha256?.count == 64 && listed[0].operator == true)
        #expect(try await lines("remove", "--file", file, "ada").map(\.removed) == [1])
        #expect(try await lines("list", "--file", file).isEmpty)
    }
}
