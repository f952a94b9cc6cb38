import HTTPTypes
import HTTPWire
import Testing
import UploadCore

@Suite struct ContentDigestTests {
    /// RFC 9530, appendix A: of `{"hello": "world"}` and a line feed.
    private let text = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    private let digest = Digest(of: Array("{\"hello\": \"world\"}\n".utf8))

    @Test func `the example of RFC 9530 is read and written`() throws {
        #expect(try ContentDigest.parse(text) == digest)
        #expect(ContentDigest.format(digest) == text)
        #expect(try ContentDigest.parse([.contentDigest: text]) == digest)
        #expect(try ContentDigest.parse([.reprDigest: text]) == nil)
        #expect(try ContentDigest.parse([.reprDigest: text], .reprDigest) == digest)
        #expect(try ContentDigest.parse([:]) == nil)
    }

    @Test func `other algorithms are ignored, whatever their value`() throws {
        #expect(try ContentDigest.parse("sha-512=:AAAA:") == nil)
        #expect(try ContentDigest.parse("md5=:AAAA:, \(text), unixsum=30637") == digest)
        #expect(try ContentDigest.parse("\(text);note=\"x\"") == digest)
        #expect(try ContentDigest.parse("") == nil)
    }

    @Test func `lines of one field are one dictionary, in which the last counts`() throws {
        var fields = HTTPFields()
        fields.append(HTTPField(name: .contentDigest, value: "sha-512=:AAAA:"))
        fields.append(HTTPField(name: .contentDigest, value: text))
        #expect(try ContentDigest.parse(fields) == digest)
        let other = ContentDigest.format(Digest(of: []))
        #expect(try ContentDigest.parse("\(other), \(text)") == digest)
    }

    @Test(arguments: [
        "sha-256", "sha-256=abc", "sha-256=::", "sha-256=:AAAA:", "sha-256=:****:", "sha-256=(:AAAA:)",
        "sha-256=\"RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=\"",
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
        "SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:", "=", "a=1,",
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/é=:",
    ]) func `a malformed one is refused`(_ value: String) {
        expectInvalid("content-digest") { _ = try ContentDigest.parse(value) }
    }
}
