import JWTAuthentication
import Testing

@testable import WharfCommand

@Suite struct JWTSettingsTests {
    private static let complete = [
        "auth": "jwt", "jwt-issuer": "https://id.example", "jwt-audience": "wharf, backup", "jwt-keys": "/keys.json",
    ]

    private func settings(_ flags: [String: String]) throws -> ServerSettings {
        try EffectiveSettings(flags: flags).values
    }

    private func refusal(_ flags: [String: String]) throws -> String? {
        let settings = try settings(flags)
        do throws(SettingsError) {
            _ = try settings.jwtAccess()
            return nil
        } catch {
            return error.description
        }
    }

    @Test(
        arguments: [
            ("none", nil, false), ("jwt", nil, true), ("tokens=/t", "/t", false), ("tokens=/t,jwt", "/t", true),
            ("tokens=a=b,c,jwt", "a=b,c", true),
        ] as [(String, String?, Bool)])
    func `tokens of a file and JWTs can be accepted at once`(text: String, file: String?, jwt: Bool) throws {
        let choice = try #require(AuthChoice(text))
        #expect(choice.tokenFile == file && choice.acceptsJWT == jwt && choice.description == text)
    }

    @Test(arguments: ["", "JWT", "jwt,", "jwt,tokens=/t", "tokens=", "tokens=,jwt", "none,jwt", "oauth"])
    func `other choices are refused`(_ text: String) {
        #expect(AuthChoice(text) == nil)
    }

    @Test func `the settings are those of the authenticator`() throws {
        let plain = try #require(try settings(Self.complete).jwtAccess())
        #expect(plain.configuration == JWTConfiguration(issuer: "https://id.example", audiences: ["wharf", "backup"]))
        #expect(plain.keys == .file(path: "/keys.json"))
        let more = [
            "jwt-principal-claim": "email", "jwt-roles-claim": "realm_access.roles", "jwt-operator-role": "admin",
            "jwt-user-role": "photos",
        ]
        let access = try #require(try settings(Self.complete.merging(more) { $1 }).jwtAccess())
        #expect(access.configuration.principalClaim == "email")
        #expect(access.configuration.rolesClaim == "realm_access.roles")
        #expect(access.configuration.operatorRole == "admin" && access.configuration.userRole == "photos")
        #expect(try settings([:]).jwtAccess() == nil)
    }

    @Test func `issuer, audience and keys are required`() throws {
        for name in ["jwt-issuer", "jwt-audience", "jwt-keys"] {
            var flags = Self.complete
            flags[name] = nil
            #expect(try refusal(flags)?.hasPrefix("auth=jwt needs \(name), ") == true)
        }
    }

    @Test(arguments: ["none", "tokens=/t"]) func `settings of JWTs need JWTs`(_ auth: String) throws {
        for setting in ["jwt-issuer", "jwt-audience", "jwt-keys", "jwt-operator-role", "jwt-user-role"] {
            #expect(
                try refusal(["auth": auth, setting: "a"]) == "\(setting) needs auth=jwt, or auth=tokens=FILE,jwt")
        }
    }

    @Test func `a public address is permitted with JWTs`() throws {
        try settings(Self.complete.merging(["listen": "0.0.0.0:80"]) { $1 }).requireSafeAccess()
    }

    // MARK: - Keys

    @Test(arguments: [
        "https://id.example/keys", "https://127.0.0.1/keys", "https://id.example:8443/a?b=c", "http://localhost:8080/k",
        "http://127.0.0.1/keys", "http://[::1]:1/keys",
    ]) func `keys come from URLs that nobody on the way can change`(_ url: String) {
        #expect(KeyLocation(url) == .url(url))
    }

    @Test(arguments: [
        "", "http://id.example/keys", "http://10.0.0.1/keys", "http://localhost.example/keys", "ftp://id.example/keys",
        "file:///keys", "https://", "https://user:pass@id.example/keys", "https://id.example/a b", "://x",
        "https://id.example/\u{7}", "http://127.0.0.1@id.example/",
    ]) func `other URLs are refused`(_ url: String) {
        #expect(KeyLocation(url) == nil)
    }

    @Test(arguments: ["keys.json", "/etc/wharf/keys", "a:b"]) func `everything else is a file`(_ path: String) {
        #expect(KeyLocation(path) == .file(path: path))
    }
}
