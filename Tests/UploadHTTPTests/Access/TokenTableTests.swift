import Testing
import UploadCore
import UploadHTTP

@Suite struct TokenTableTests {
    private let hash = Digest(of: Array("secret".utf8)).hex
    private let other = Digest(of: Array("other".utf8)).hex

    private func error(_ text: String) -> TokenTableError? {
        do throws(TokenTableError) {
            _ = try TokenTable(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a line is a principal, a hash and perhaps the operator's role`() throws {
        let table = try TokenTable(
            parsing: "# who may\n\nanna sha256:\(hash)\r\n  ben\tsha256:\(other.uppercased())  operator  \n# end")
        #expect(table.entries.map(\.principal.name) == ["anna", "ben"])
        #expect(table.entries.map(\.digest.hex) == [hash, other])
        #expect(table.entries.map(\.isOperator) == [false, true])
    }

    @Test func `an entry reads its own line`() throws {
        for line in ["anna sha256:\(hash)", "ben@example.org sha256:\(other) operator"] {
            #expect(try TokenTable(parsing: line).entries.map(\.line) == [line])
        }
        #expect(try TokenTable(parsing: "").entries == [])
    }

    @Test func `one principal may have several tokens`() throws {
        #expect(try TokenTable(parsing: "a sha256:\(hash)\na sha256:\(other)").entries.count == 2)
    }

    @Test func `a repeated token is refused, with both line numbers`() {
        let error = error("a sha256:\(hash)\n\nb sha256:\(hash)")
        #expect(error?.description == "line 3 has the same token as line 1")
    }

    @Test(arguments: [
        "anna", "anna secret", "anna sha256:", "anna sha256:12", "sha256:HASH", "sha256:HASH operator",
        "anna sha256:HASH admin", "anna sha256:HASH operator operator", "anna md5:HASH", "an\u{7}na sha256:HASH",
        "link:anna sha256:HASH",
        String(repeating: "n", count: 256) + " sha256:HASH",
    ]) func `a line that makes no sense is refused with its number`(_ line: String) {
        let error = error("# first\n" + line.replacing("HASH", with: hash))
        #expect(error?.line == 2)
        #expect(error?.problem.contains("secret") == false)
    }
}
