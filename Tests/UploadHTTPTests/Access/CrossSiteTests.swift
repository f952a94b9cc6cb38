import HTTPWire
import Testing
import UploadCore
import UploadHTTP

/// What a page in a browser can make a server do, over sockets: by DNS rebinding, by forms, and by the fields that a browser
/// sends for a page of another origin. The decisions are `OriginCheck`'s; this is that every route passes them.
@Suite(.timeLimit(.minutes(10))) struct CrossSiteTests {
    private static let everyRoute = [
        ("GET", "/"), ("GET", "/page/app.js"), ("GET", "/page/settings.json"), ("GET", "/v1/capsules"),
        ("POST", "/v1/capsules"),
        ("POST", "/v1/uploads"), ("POST", "/v1/blobs"), ("GET", "/metrics"), ("GET", "/healthz"), ("GET", "/readyz"),
        ("GET", "/openapi.json"), ("GET", "/v1/upload-config"), ("OPTIONS", "/files"), ("POST", "/files"),
        ("PATCH", "/files/01a205640b6a744382b49014fc770e24"), ("GET", "/files/01a205640b6a744382b49014fc770e24"),
        ("GET", "/nothing"), ("PUT", "/healthz"),
    ]

    /// The status of a request that says exactly this.
    private func status(_ server: LiveServer, _ method: String, _ target: String, _ fields: String, _ body: String = "")
        async throws -> Int
    {
        try await RawConnection.open(port: server.port) { connection in
            let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
            try await connection.send("\(method) \(target) HTTP/1.1\r\n\(fields)\(length)\r\n\(body)")
            return try await connection.readResponse(to: method).status
        }
    }

    @Test func `a rebound name reaches no route of a server without authentication`() async throws {
        try await LiveServer.run { server in
            for (method, target) in Self.everyRoute {
                for (target, host) in [
                    (target, "evil.example:\(server.port)"), ("http://evil.example\(target)", "localhost"),
                ] {
                    let own =
                        "Host: \(host)\r\nOrigin: http://evil.example:\(server.port)\r\nSec-Fetch-Site: same-origin\r\n"
                    #expect(try await status(server, method, target, own) == 421, "\(method) \(target)")
                }
            }
            let capsules = try await server.store.uploads.capsules(
                after: nil, limit: 10, by: LocalAuthenticator.caller.principal)
            #expect(capsules == [])
        }
    }

    @Test(arguments: [true, false])
    func `a page of another origin changes nothing, with authentication or without`(_ authenticates: Bool) async throws
    {
        let settings = ServerSettings(
            authenticator: try authenticates ? TestCallers.authenticator() : LocalAuthenticator())
        try await LiveServer.run(settings) { server in
            for (method, target) in Self.everyRoute where !["GET", "OPTIONS"].contains(method) {
                for page in [
                    "Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n", "Origin: null\r\n",
                    "Sec-Fetch-Site: cross-site\r\n", "Origin: http://localhost:3000\r\nSec-Fetch-Site: same-site\r\n",
                ] {
                    let fields =
                        "Host: localhost:\(server.port)\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 1\r\n"
                        + "Authorization: Bearer anna-token\r\n\(page)"
                    let status = try await status(server, method, target, fields)
                    #expect(status == 403, "\(method) \(target) \(page)")
                }
            }
        }
    }

    @Test func `the server's own page, curl and a page of an admitted origin go on working`() async throws {
        var tus = TusConfiguration()
        tus.crossOrigin = .origins(["https://app.example"])
        try await LiveServer.run(ServerSettings(tus: tus)) { server in
            let host = "Host: localhost:\(server.port)\r\n"
            let own = "\(host)Origin: http://localhost:\(server.port)\r\nSec-Fetch-Site: same-origin\r\n"
            let admitted = "\(host)Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n"
            let create = "Tus-Resumable: 1.0.0\r\nUpload-Length: 1\r\n"
            for fields in [host, own, admitted] {
                let status = try await status(server, "POST", "/files", fields + create)
                #expect(status == 201, "\(fields)")
            }
            #expect(try await status(server, "POST", "/v1/capsules", admitted) == 403, "the origin is admitted to tus")
            #expect(try await status(server, "POST", "/v1/blobs", own, "x") == 201)
        }
    }

    @Test func `JSON under the type of a form is refused, and stores nothing`() async throws {
        try await LiveServer.run { server in
            let host = "Host: localhost:\(server.port)\r\n"
            let json = #"{"title":"="}"#
            for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"] {
                let fields = "\(host)Content-Type: \(type)\r\n"
                #expect(try await status(server, "POST", "/v1/capsules", fields, json) == 415, "\(type)")
                #expect(
                    try await status(server, "POST", "/v1/capsules/default/memories", fields, json) == 415, "\(type)")
            }
            let own = "\(host)Origin: http://localhost:\(server.port)\r\n"
            #expect(try await status(server, "POST", "/v1/capsules", own, json) == 415, "a browser names the type")
            for fields in [host, "\(own)Content-Type: application/json\r\n"] {
                #expect(try await status(server, "POST", "/v1/capsules", fields, json) == 201)
            }
            let capsules = try await server.store.uploads.capsules(
                after: nil, limit: 10, by: LocalAuthenticator.caller.principal)
            #expect(capsules.filter { $0.title == "=" }.count == 2)
        }
    }
}
