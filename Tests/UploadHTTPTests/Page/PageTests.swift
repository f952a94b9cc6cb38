import Testing
import UploadHTTP
import WebPage

struct PageTests {
    @Test(arguments: TransportKind.allCases)
    func `every file of the page is served with its type and the strict policy`(_ kind: TransportKind) async throws {
        try await kind.run(ServerSettings()) { transport, _ in
            for (path, resource) in Self.files {
                let response = try await transport.send(ClientRequest("GET", path))
                #expect(response.status == 200)
                #expect(response.body == resource.bytes)
                #expect(response["Content-Type"] == resource.mediaType.rawValue)
                #expect(response["Cache-Control"] == "no-cache")
                for field in WebPage.securityFields() { #expect(response[field.name] == field.value) }
            }
        }
    }

    @Test func `a client that has a file gets no second copy`() async throws {
        try await TransportKind.socket.run(ServerSettings()) { transport, _ in
            let tag = try #require(try await transport.send(ClientRequest("GET", "/"))["ETag"])
            for field in [tag, "W/\(tag)", "\"other\", \(tag)"] {
                let response = try await transport.send(
                    ClientRequest("GET", "/", fields: [(name: "If-None-Match", value: field)]))
                #expect(response.status == 304)
                #expect(response.body.isEmpty)
                #expect(response["ETag"] == tag)
            }
            let other = ClientRequest("GET", "/", fields: [(name: "If-None-Match", value: "\"other\"")])
            #expect(try await transport.send(other).status == 200)
        }
    }

    @Test func `HEAD has the header of GET`() async throws {
        try await TransportKind.socket.run(ServerSettings()) { transport, _ in
            let response = try await transport.send(ClientRequest("HEAD", "/page/app.js"))
            #expect(response.status == 200)
            #expect(response["Content-Length"] == WebPage.resource(named: "app.js").map { "\($0.bytes.count)" })
        }
    }

    @Test func `other files of the page are not found, and files take no other methods`() async throws {
        try await TransportKind.socket.run(ServerSettings()) { transport, _ in
            for path in ["/page/none.js", "/page/", "/page/%2e%2e/index.html", "/page/a/app.js", "/index.html"] {
                let answer = try await transport.send(ClientRequest("GET", path))
                #expect(answer.status == 404)
            }
            let post = try await transport.send(ClientRequest("POST", "/page/app.js", body: []))
            #expect(post.status == 405)
            #expect(post["Allow"] == "GET, HEAD")
        }
    }

    @Test func `the page gets the URL for creating uploads`() async throws {
        var settings = ServerSettings()
        settings.tus.path = "/up/loads"
        try await TransportKind.socket.run(settings) { transport, _ in
            let response = try await transport.send(ClientRequest("GET", "/page/settings.json"))
            #expect(String(decoding: response.body, as: UTF8.self) == #"{"endpoint":"up/loads"}"#)
        }
    }

    @Test func `without a page its paths are not found`() async throws {
        var settings = ServerSettings()
        settings.hasPage = false
        try await TransportKind.socket.run(settings) { transport, _ in
            for path in ["/", "/drop", "/page/app.js", "/page/settings.json"] {
                let answer = try await transport.send(ClientRequest("GET", path))
                #expect(answer.status == 404)
            }
        }
    }

    @Test func `the page needs no authentication`() async throws {
        var settings = ServerSettings()
        settings.authenticator = TokenAuthenticator(try TokenTable(parsing: ""))
        try await TransportKind.socket.run(settings) { transport, _ in
            let page = try await transport.send(ClientRequest("GET", "/"))
            #expect(page.status == 200)
            let drop = try await transport.send(ClientRequest("GET", "/drop"))
            #expect(drop.status == 200)
            let capsules = try await transport.send(ClientRequest("GET", "/v1/capsules"))
            #expect(capsules.status == 401)
        }
    }

    private static let files: [(String, PageResource)] =
        [("/", WebPage.document), ("/drop", WebPage.dropDocument)]
        + WebPage.names.sorted().compactMap { name in WebPage.resource(named: name).map { ("/page/\(name)", $0) } }
}
