import Glibc
import HTTPTestKit
import HTTPTypes
import JWTAuthentication
import Logging
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

@testable import WharfCommand

/// From settings to an authenticator, with files of keys and of tokens.
@Suite(.timeLimit(.minutes(5))) struct ServerAccessTests {
    /// Public keys of RFC 7517, appendix A.1, and RFC 8037, appendix A.2.
    private static let elliptic = """
        {"kty":"EC","crv":"P-256","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
         "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}
        """
    private static let edwards = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#

    private let directory: TemporaryDirectory
    private let log = LogCapture()
    private var path: String { directory.path + "/keys.json" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func write(_ keys: String...) throws {
        try TestFiles.write(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8, to: path)
    }

    private func settings(_ auth: AuthChoice) -> ServerSettings {
        var settings = ServerSettings()
        settings.auth = auth
        settings.jwt.issuer = "https://id.example"
        settings.jwt.audiences = ["wharf"]
        settings.jwt.keys = .file(path: path)
        return settings
    }

    private func request(_ token: String) -> HTTPRequest {
        HTTPRequest(
            method: .get, scheme: "http", authority: "a", path: "/", headerFields: [.authorization: "Bearer \(token)"])
    }

    @Test func `a file of keys is read at the start, and again`() async throws {
        try write(Self.elliptic)
        let access = try await ServerAccess.load(settings(.jwt), logger: log.logger)
        #expect(access.reloads.count == 1 && access.services.count == 1)
        try write(Self.edwards, Self.elliptic)
        for reload in access.reloads { await reload() }
        try write()
        for reload in access.reloads { await reload() }
        #expect(
            log.lines.map { [$0.message, $0.metadata["count"] ?? ""] } == [
                ["token keys loaded", "1"], ["token keys reloaded", "2"],
                ["token keys not reloaded; the former ones stay valid", ""],
            ])
    }

    @Test func `a reload changes which tokens are accepted`() async throws {
        try write(Self.elliptic)
        let file = KeyFile(path: path)
        let keys = StoredKeys(try await file.read())
        let before = keys.keys
        let reloader = KeyReloader(file: file, keys: keys, logger: log.logger)
        try write(Self.edwards)
        await reloader.reload()
        let after = try await file.read()
        #expect(before != after && keys.keys == after)
        #expect(unlink(path) == 0)
        await reloader.reload()
        #expect(keys.keys?.count == 1)
    }

    @Test func `keys that others may write, or that are none, are refused at the start`() async throws {
        func failure() async -> ServeError? {
            await #expect(throws: ServeError.self) { try await ServerAccess.load(settings(.jwt), logger: log.logger) }
        }
        #expect(await failure()?.description == "jwt-keys: \(path): there is no such file")
        try write()
        #expect(await failure()?.description.contains("no key that verifies signatures") == true)
        try write(Self.elliptic)
        #expect(chmod(path, 0o666) == 0)
        let failure = await failure()
        #expect(failure?.status == .usage)
        #expect(failure?.description.contains("other users may write to it") == true)
    }

    @Test func `tokens of a file are accepted beside JWTs`() async throws {
        try write(Self.elliptic)
        let tokens = directory.path + "/tokens"
        try TestFiles.write("cron sha256:\(Digest(of: Array("secret".utf8)).hex)\n".utf8, to: tokens)
        #expect(chmod(tokens, 0o600) == 0)
        let both = try #require(AuthChoice("tokens=\(tokens),jwt"))
        let access = try await ServerAccess.load(settings(both), logger: log.logger)
        #expect(access.reloads.count == 2 && access.services.count == 2)
        #expect(try await access.authenticator.caller(of: request("secret"))?.principal == Principal("cron"))
        await #expect(throws: AuthenticationFailure.self) {
            try await access.authenticator.caller(of: request("other"))
        }
        #expect(!access.authenticator.admitsEverybody)
    }

    @Test func `a URL that does not answer is no reason not to start`() async throws {
        var settings = settings(.jwt)
        // Port 9 is discard; nobody listens there.
        settings.jwt.keys = .url("http://127.0.0.1:9/keys")
        let access = try await ServerAccess.load(settings, logger: log.logger)
        #expect(log.lines.map(\.level) == [.error])
        let token = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"
        let failure = await #expect(throws: AuthenticationFailure.self) {
            try await access.authenticator.caller(of: request(token))
        }
        guard case .unavailable = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test func `keys are fetched at intervals, and sooner after a failure`() async throws {
        let keys = FetchedKeys(logger: log.logger) {
            Array(#"{"keys":[\#(Self.edwards)]}"#.utf8)
        }
        let (pauses, pause) = AsyncStream.makeStream(of: Duration.self)
        struct Finished: Error {}
        let refresh = KeyRefresh(keys: keys, interval: .seconds(600)) { duration in
            pause.yield(duration)
            if duration == .seconds(600) { throw Finished() }
        }
        try await refresh.run()
        pause.finish()
        #expect(await pauses.reduce(into: []) { $0.append($1) } == [FetchedKeys.demandInterval, .seconds(600)])
        #expect(keys.keys?.count == 1)
    }
}
