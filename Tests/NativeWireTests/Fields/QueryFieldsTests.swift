import HTTPWire
import Testing
import UploadCore
import UploadTestKit

/// The query of a URL.
@Suite struct QueryFieldsTests {
    @Test(arguments: [
        ("name=a.jpg&type=image%2Fjpeg", "name", "a.jpg"), ("name=a.jpg&type=image%2Fjpeg", "type", "image/jpeg"),
        ("name=a+b%20c", "name", "a b c"), ("name=%2B", "name", "+"), ("name=a=b", "name", "a=b"),
        ("name=", "name", ""), ("strict", "strict", ""), ("&&strict&", "strict", ""), ("n%61me=a", "name", "a"),
        ("na+me=1", "na me", "1"), ("=1", "", "1"), ("name=%F0%9F%92%8D", "name", "💍"), ("name=ü", "name", "ü"),
    ])
    func `a name has its value`(_ query: String, _ name: String, _ value: String) throws {
        #expect(try QueryFields(query)[name] == value)
    }

    @Test(arguments: [nil, "", "&", "other=name", "Name=a", "names=a", "nam=a"])
    func `a name that is not there has none`(_ query: String?) throws {
        #expect(try QueryFields(query)["name"] == nil)
    }

    @Test(arguments: ["a=%", "a=%1", "a=%zz", "%ff=1", "a=%C3", "a=%C3%28"])
    func `what is not percent-encoded UTF-8 is refused`(_ query: String) {
        let error = #expect(throws: UploadError.self) { try QueryFields(query) }
        #expect(error?.reason == .invalidArgument("query", "is not percent-encoded UTF-8"))
    }

    @Test(arguments: [("a=1&a=1", "a"), ("a&b&a", "a"), ("n%61me=1&name=2", "name"), ("=1&=2", "")])
    func `what says something twice is refused`(_ query: String, _ name: String) {
        let error = #expect(throws: UploadError.self) { try QueryFields(query) }
        #expect(error?.reason == .invalidArgument(name, "is in the query twice"))
    }
}
