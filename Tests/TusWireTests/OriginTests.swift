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

    @Test(
        arguments: [
            ("https", "up.example.org", "8443", "https://up.example.org:8443/files/a"),
            ("https", "up.example.org", "443", "https://up.example.org/files/a"),
            ("http", "up.example.org", "443", "http://up.example.org:443/files/a"),
            ("https", "up.example.org:9000", "8443", "https://up.example.org:9000/files/a"),
            ("https", "[::1]", "8443, 80", "https://[::1]:8443/files/a"),
            ("https", nil, "8443", "https://inner:8443/files/a"), ("https", nil, "443", "https://inner/files/a"),
            ("https", "up.example.org", "0", "https://up.example.org/files/a"),
            ("https", "up.example.org", "-1", "https://up.example.org/files/a"),
            ("https", "up.example.org", "65536", "https://up.example.org/files/a"),
        ] as [(String, String?, String, String)])
    func `X-Forwarded-Port is the port of a host without one`(
        _ scheme: String, _ host: String?, _ port: String, _ url: String
    ) throws {
        var said = try fields(["X-Forwarded-Proto": scheme, "X-Forwarded-Port": port])
        if let host { said.append(HTTPField(name: try #require(HTTPField.Name("X-Forwarded-Host")), value: host)) }
        #expect(ForwardedOrigin(said, authority: "inner").url("/files/a", authority: "inner") == url)
    }

    @Test func `Forwarded has a port of its own`() throws {
        let said = try fields(["Forwarded": "proto=https;host=up.example.org", "X-Forwarded-Port": "8443"])
        #expect(url(said) == "https://up.example.org/files/a")
    }

    @Test(arguments: [
        ("https://example.org", true), ("https://example.org/uploads", true), ("https://example.org:8443/a/b", true),
        ("https://example.org/", false), ("https://example.org/a/", false), ("https://example.org//a", false),
        ("https://example.org/a?b", false), ("https://example.org/a#b", false), ("https://example.org/a b", false),
        ("ftp://example.org/a", false), ("example.org/a", false), ("/a", false), ("", false),
    ])
    func `the URL of a server is an origin with or without a path`(_ text: String, _ isFine: Bool) {
        #expect(WebOrigin.isBaseURL(text) == isFine)
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
        let extended = CrossOriginExtras(allowsCredentials: true, requestFields: ["X-CSRF-Token"])
        for policy in [CrossOriginPolicy.any, .origins(["https://app.example.org"])] {
            let access = Tus.crossOriginAccess(policy, extended)
            let preflight = access.fields(
                for: [.origin: "https://app.example.org", .accessControlRequestMethod: "POST"], isOptions: true)
            let isListed = policy != .any
            #expect(preflight[.accessControlAllowCredentials] == (isListed ? "true" : nil))
            #expect(preflight[.accessControlAllowHeaders]?.hasSuffix(", X-CSRF-Token") == isListed)
            let answer = access.fields(for: [.origin: "https://app.example.org"], isOptions: false)
            #expect(answer[.accessControlAllowCredentials] == (isListed ? "true" : nil))
        }
        let other = fields(.origins(["https://other.example.org"]), isOptions: true)
        #expect(other[.accessControlAllowOrigin] == nil)
        #expect(other[.vary] == "Origin", "caches must not mix the two up")
    }
}
