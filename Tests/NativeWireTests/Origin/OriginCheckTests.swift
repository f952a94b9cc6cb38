import HTTPTypes
import HTTPWire
import Testing

/// The decision as a table: who sends what to which server, and the outcome.
@Suite struct OriginCheckTests {
    private let local = OriginCheck(hosts: AllowedHosts(listening: "127.0.0.1", names: ["photos.example"]))

    private func request(
        _ method: HTTPRequest.Method, host: String?, target: String = "/v1/uploads", _ fields: HTTPFields = [:]
    ) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: host, path: target, headerFields: fields)
    }

    private func page(_ origin: String?, _ site: String?) -> HTTPFields {
        var fields: HTTPFields = [:]
        fields[.origin] = origin
        fields[.secFetchSite] = site
        return fields
    }

    // MARK: - Hosts

    @Test(arguments: [
        ("localhost", 200), ("localhost:8080", 200), ("LocalHost.:1", 200), ("a.b.localhost:8080", 200),
        ("127.0.0.1", 200),
        ("127.9.8.7:8080", 200), ("[::1]:8080", 200), ("[0:0:0:0:0:0:0:1]", 200), ("[::ffff:127.0.0.1]", 200),
        ("photos.example", 200), ("PHOTOS.example.:444", 200),
        ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example", 421), ("notlocalhost", 421),
        ("x.photos.example", 421), ("192.168.1.7", 421), ("0.0.0.0:8080", 421), ("[::2]", 421), ("127.1", 421),
        ("2130706433", 421),
        ("", 400), ("a b", 400), ("localhost@evil.example", 400), ("localhost,evil.example", 400),
        ("localhost:x", 400), ("[::1", 400),
    ])
    func `a server without authentication answers for its own hosts alone`(_ host: String, _ status: Int) {
        for method in [HTTPRequest.Method.get, .post] {
            #expect(local.failure(of: request(method, host: host))?.status.code ?? 200 == status)
            let target = "http://\(host)/v1/uploads"
            #expect(
                local.failure(of: request(method, host: "localhost", target: target))?.status.code ?? 200 == status,
                "in absolute form")
        }
    }

    @Test func `a name that DNS can rebind is refused on every address, an address is not`() {
        for listening in ["0.0.0.0", "::"] {
            let check = OriginCheck(hosts: AllowedHosts(listening: listening, names: []))
            for host in ["192.168.1.7:8080", "[fd00::1]:8080", "localhost"] {
                #expect(check.failure(of: request(.get, host: host)) == nil)
            }
            #expect(check.failure(of: request(.get, host: "evil.example"))?.code == "misdirected")
        }
        let named = OriginCheck(hosts: AllowedHosts(listening: "Wharf.local", names: []))
        #expect(named.failure(of: request(.get, host: "wharf.local:8080")) == nil)
    }

    @Test func `a server with authentication answers for every host, and for no malformed one`() {
        #expect(OriginCheck().failure(of: request(.post, host: "evil.example")) == nil)
        #expect(OriginCheck().failure(of: request(.get, host: "a b"))?.code == "malformed_request")
    }

    @Test func `a client of HTTP 1.0 needs no host`() {
        #expect(local.failure(of: request(.post, host: nil)) == nil)
        #expect(
            local.failure(of: request(.post, host: nil, page("http://localhost", nil)))?.code == "cross_origin",
            "a browser names its host")
    }

    @Test func `the host of a trusted proxy counts beside that of the request, and replaces none`() {
        func failure(_ host: String, forwarded: String) -> RequestFailure? {
            local.failure(
                of: request(.get, host: host), forwarded: ForwardedOrigin([.known("X-Forwarded-Host"): forwarded]))
        }
        #expect(failure("127.0.0.1:8080", forwarded: "photos.example") == nil)
        #expect(failure("127.0.0.1:8080", forwarded: "evil.example")?.code == "misdirected")
        #expect(failure("evil.example", forwarded: "localhost")?.code == "misdirected", "pages can send such fields")
    }

    // MARK: - Origins

    @Test(
        arguments: [
            // curl, tuspy, apps on phones
            (nil, nil, true),
            // The server's own page, by its name or its address
            ("http://localhost:8080", "same-origin", true), ("http://localhost:8080", nil, true),
            ("http://LOCALHOST:8080", nil, true), (nil, "same-origin", true),
            // Behind a proxy that hides the host, and a form of a page without a referrer
            ("https://photos.example", "same-origin", true), ("null", "same-origin", true),
            // The address bar
            (nil, "none", true),
            // Pages of other sites, and of other servers on this machine
            ("http://evil.example", "cross-site", false), ("http://evil.example", nil, false),
            (nil, "cross-site", false),
            ("http://localhost:3000", "same-site", false), ("http://localhost:3000", nil, false),
            (nil, "same-site", false),
            ("http://127.0.0.1:8080", "cross-site", false), ("http://127.0.0.1:8080", nil, false),
            ("http://localhost", nil, false), ("http://localhost:8080", "cross-site", false),
            ("http://evil.example", "none", false),
            // Sandboxed pages, redirects, files, extensions
            ("null", "cross-site", false), ("null", nil, false), ("file://", nil, false),
            ("chrome-extension://abc", "none", false), ("", nil, false),
            // Nothing that a browser sends
            ("http://localhost:8080", "sideways", false), ("http://localhost:8080", "same-origin, cross-site", false),
        ] as [(String?, String?, Bool)])
    func `what changes something comes from the server's own page or from no page`(
        _ origin: String?, _ site: String?, _ isAdmitted: Bool
    ) {
        for check in [local, OriginCheck()] {
            let brew = HTTPRequest.Method("BREW")
            for method in [.post, .put, .patch, .delete, brew].compactMap(\.self) {
                let failure = check.failure(of: request(method, host: "localhost:8080", page(origin, site)))
                #expect((failure == nil) == isAdmitted, "\(method)")
                if !isAdmitted { #expect(failure?.status == .forbidden && failure?.code == "cross_origin") }
            }
            for method in [HTTPRequest.Method.get, .head, .options] {
                #expect(check.failure(of: request(method, host: "localhost:8080", page(origin, site))) == nil)
            }
        }
    }

    @Test func `a field that overrides the method is no way around`() {
        let sent = request(.get, host: "localhost", page("http://evil.example", "cross-site"))
        #expect(local.failure(of: sent, performing: .get) == nil)
        #expect(local.failure(of: sent, performing: .delete)?.code == "cross_origin")
        let posted = request(.post, host: "localhost", page("http://evil.example", "cross-site"))
        #expect(local.failure(of: posted, performing: .head)?.code == "cross_origin")
    }

    @Test func `two origins are none`() {
        var fields = page("http://localhost", nil)
        fields.append(HTTPField(name: .origin, value: "http://evil.example"))
        #expect(local.failure(of: request(.post, host: "localhost", fields))?.code == "cross_origin")
    }

    @Test func `pages of admitted origins may use the protocol, all others may not`() {
        let policy = CrossOriginPolicy.origins(["https://app.example"])
        func failure(_ origin: String, _ policy: CrossOriginPolicy) -> RequestFailure? {
            local.failure(of: request(.patch, host: "localhost", page(origin, "cross-site")), admitting: policy)
        }
        #expect(failure("https://app.example", policy) == nil)
        #expect(failure("https://app.example", .none)?.code == "cross_origin")
        for origin in ["http://app.example", "https://app.example:444", "https://x.app.example", "null"] {
            #expect(failure(origin, policy)?.code == "cross_origin")
            #expect(failure(origin, .any) == nil)
        }
    }

    // MARK: - Stored bytes

    @Test func `a browser opens stored bytes at the content origin, which serves nothing else`() throws {
        let content = try #require(WebOrigin("https://content.example"))
        let check = OriginCheck(contentOrigin: content)
        func place(_ host: String?, _ destination: String?, isDownload: Bool = true) -> OriginCheck.Place {
            var fields: HTTPFields = [:]
            fields[.secFetchDest] = destination
            return check.place(of: request(.get, host: host, fields), isDownload: isDownload)
        }
        for destination in ["document", "iframe", "image", "script", "style", "serviceworker", "object"] {
            #expect(place("photos.example", destination) == .contentOrigin(content))
            #expect(place("photos.example", destination, isDownload: false) == .here)
            #expect(place("content.example", destination) == .here)
            #expect(place("content.example", destination, isDownload: false) == .nowhere)
            #expect(
                OriginCheck().place(of: request(.get, host: "a", [.secFetchDest: destination]), isDownload: true)
                    == .here)
        }
        for destination in ["empty", nil] { #expect(place("photos.example", destination) == .here) }
        #expect(place("CONTENT.example.:443", nil, isDownload: false) == .nowhere)
        #expect(place("content.example:8080", nil, isDownload: false) == .here, "another port is another origin")
        #expect(place(nil, nil, isDownload: false) == .here)
        let forwarded = ForwardedOrigin([.known("X-Forwarded-Host"): "content.example"])
        #expect(
            check.place(of: request(.get, host: "127.0.0.1"), isDownload: false, forwarded: forwarded) == .nowhere)
    }

    @Test func `behind a proxy the own origin is the one that it reports, or the configured one`() throws {
        let sent = { request(.post, host: "127.0.0.1:8080", page($0, nil)) }
        let forwarded = ForwardedOrigin([
            .known("X-Forwarded-Host"): "photos.example", .known("X-Forwarded-Proto"): "https",
        ])
        #expect(local.failure(of: sent("https://photos.example"), forwarded: forwarded) == nil)
        #expect(local.failure(of: sent("http://photos.example"), forwarded: forwarded)?.code == "cross_origin")
        #expect(local.failure(of: sent("https://photos.example"))?.code == "cross_origin")
        let photos = try #require(WebOrigin("https://photos.example"))
        let configured = OriginCheck(publicOrigin: photos)
        #expect(configured.failure(of: sent("https://photos.example")) == nil)
        #expect(configured.failure(of: sent("https://photos.example.evil.example"))?.code == "cross_origin")
        let preserved = request(.post, host: "photos.example", page("https://photos.example", nil))
        #expect(OriginCheck().failure(of: preserved) == nil, "a proxy that adds TLS and keeps the host")
    }
}

@Suite struct JSONContentTypeTests {
    @Test(
        arguments: [
            ("application/json", true), ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/plain", false), ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=a", false),
            ("text/plain; application/json", false), ("application/json, text/plain", false),
            ("application/jsonx", false),
            ("", false), ("json", false),
        ])
    func `JSON is declared by its types`(_ text: String, _ isJSON: Bool) {
        #expect(JSONContentType.isDeclared(in: [.contentType: text]) == isJSON)
    }

    @Test func `only what is no browser may leave the type out`() {
        #expect(JSONContentType.isDeclared(in: [:]))
        #expect(!JSONContentType.isDeclared(in: [.origin: "http://localhost"]))
        #expect(!JSONContentType.isDeclared(in: [.secFetchSite: "same-origin"]))
        var twice: HTTPFields = [.contentType: "application/json"]
        twice.append(HTTPField(name: .contentType, value: "text/plain"))
        #expect(!JSONContentType.isDeclared(in: twice))
    }
}
