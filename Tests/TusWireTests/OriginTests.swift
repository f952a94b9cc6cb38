import HTTPTypes
import HTTPWire
import Testing
import TusWire

@Suite struct OriginTests {
    private func url(_ fields: HTTPFields) -> String {
        ForwardedOrigin(fields).url("/files/a", authority: "inner:8080")
    }

    private func fields(_ pairs: KeyValuePairs<String, String>) throws -> HTTPFields {
        var fields: HTTPFields = [:]
        for (name, value) in pairs { fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value)) }
        return fields
    }

    @Test func `without fields of a proxy the URL is a path`() throws {
        #expect(url([:]) == "/files/a")
    }

    @Test func `Forwarded has scheme and host, of the first of several proxies`() throws {
        let first = "for=192.0.2.60;proto=https;by=203.0.113.43;host=up.example.org"
        for text in [
            first, "\(first), for=10.0.0.1;proto=http;host=inner",
            "For=\"[2001:db8::1]:4711\"; Proto=HTTPS ; host=\"up.example.org\"",
        ] {
            #expect(url(try fields(["Forwarded": text])) == "https://up.example.org/files/a")
        }
        #expect(
            url(try fields(["Forwarded": "for=a, proto=http;host=inner"])) == "/files/a",
            "the second is not the client's")
    }

    @Test func `X-Forwarded has them, too, with several values in one field`() throws {
        let many = try fields([
            "X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "up.example.org:8443,inner",
            "X-Forwarded-Prefix": "/api/",
        ])
        #expect(url(many) == "https://up.example.org:8443/api/files/a")
        #expect(url(try fields(["X-Forwarded-Proto": "https"])) == "https://inner:8080/files/a")
        #expect(
            url(try fields(["X-Forwarded-Proto": "https", "X-Forwarded-Proto": "http"])) == "https://inner:8080/files/a"
        )
    }

    @Test(arguments: [
        ("X-Forwarded-Proto", "javascript"), ("Forwarded", "proto=ftp"), ("Forwarded", "proto"),
        ("Forwarded", ";;=,\""),
        ("X-Forwarded-Prefix", "//evil.example"), ("X-Forwarded-Prefix", "a b"), ("X-Forwarded-Prefix", "/a?b"),
    ])
    func `malformed values are ignored`(_ name: String, _ value: String) throws {
        #expect(url(try fields([name: value])) == "/files/a")
    }

    @Test(arguments: ["evil.example/x", "a b", "a@b", "", "a\"b", "[::1", "[a]", "a:b", "a:65536", ":80", "a:80:80"])
    func `an invalid host is ignored`(_ host: String) throws {
        let said = try fields(["X-Forwarded-Proto": "https", "X-Forwarded-Host": host])
        #expect(url(said) == "https://inner:8080/files/a")
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.168.1.7", "192.168.1.7", true),
        ("192.168.1.7", "192.168.1.8", false), ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
        ("::1", "::1", true), ("::1", "0:0:0:0:0:0:0:1", true), ("fd00::/8", "fdff:1::2", true),
        ("fd00::/8", "fe80::1%eth0", false), ("fe80::/10", "fe80::1%eth0", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false), ("::/0", "2001:db8::", true),
    ])
    func `an address lies in a block or not`(_ block: String, _ address: String, _ lies: Bool) throws {
        #expect(try #require(AddressRange(block)).contains(address) == lies)
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.0/33", "10.0.0.256", "10.0.0.0/", "10.0.0.0/+8", "::1/129", "1::2::3", "1:2:3:4:5:6:7",
        "g::",
        "1:2:3:4:5:6:7:8:9", "localhost", "+1.2.3.4", ":::", "12345::",
    ])
    func `a malformed block is refused`(_ text: String) {
        #expect(AddressRange(text) == nil)
        #expect(AddressRange("0.0.0.0/0")?.contains(text) == false)
    }

    @Test func `pages of admitted origins may read the fields of the protocol, others nothing`() {
        func fields(_ policy: CrossOriginPolicy, isOptions: Bool = false) -> HTTPFields {
            Tus.crossOriginAccess(policy).fields(for: [.origin: "https://app.example.org"], isOptions: isOptions)
        }
        #expect(fields(.none).isEmpty)
        for policy in [CrossOriginPolicy.any, .origins(["https://app.example.org"])] {
            let fields = fields(policy)
            #expect(fields[.accessControlAllowOrigin] == "https://app.example.org")
            #expect(fields[.accessControlExposeHeaders]?.contains("Upload-Offset, Upload-Length") == true)
            #expect(fields[.accessControlAllowCredentials] == nil)
        }
        let other = fields(.origins(["https://other.example.org"]), isOptions: true)
        #expect(other[.accessControlAllowOrigin] == nil)
        #expect(other[.vary] == "Origin", "caches must not mix the two up")
    }
}
