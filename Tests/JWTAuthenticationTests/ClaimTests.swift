import JWTAuthentication
import Testing
import UploadHTTP
import UploadTestKit

@Suite struct ClaimTests {
    private let key: TestKey
    private let authenticator: JWTAuthenticator

    init() async throws {
        key = try await .es256()
        authenticator = try await JWTAuthenticator([key])
    }

    private func refusal(_ claims: [String: JSON]) async throws -> String? {
        await authenticator.refusal(try Issuer.token(key, claims))
    }

    @Test func `issuer and audience are compared exactly`() async throws {
        for issuer in [nil, "", "https://id.example.org", .string(Issuer.url + "/"), ["https://id.example.org"], 7]
            as [JSON]
        {
            #expect(try await refusal(["iss": issuer])?.contains("(iss)") == true)
        }
        for audience in [nil, "", "Wharf", "other", [], ["other"], [["wharf"]], ["wharf", 7], 7, ["wharf": true]]
            as [JSON]
        {
            #expect(try await refusal(["aud": audience])?.contains("(aud)") == true, "\(audience)")
        }
        for audience in ["wharf", "backup", ["wharf"], ["other", "backup"]] as [JSON] {
            #expect(await authenticator.outcome(try Issuer.token(key, ["aud": audience])) == .success(Issuer.user))
        }
    }

    @Test func `a name that is equal only after normalization is another one`() async throws {
        let configuration = JWTConfiguration(issuer: "https://id.example/é", audiences: ["é"])
        let authenticator = try await JWTAuthenticator([key], configuration)
        let composed = try Issuer.token(key, ["iss": "https://id.example/\u{E9}", "aud": "\u{E9}"])
        #expect(await authenticator.outcome(composed) == .success(Issuer.user))
        let decomposed = try Issuer.token(key, ["iss": "https://id.example/e\u{301}", "aud": "\u{E9}"])
        #expect(await authenticator.refusal(decomposed)?.contains("(iss)") == true)
    }

    // MARK: - Time

    @Test func `a token is valid from nbf and iat to exp, with a minute of leeway`() async throws {
        let (now, leeway) = (Issuer.now, JWTConfiguration.leewaySeconds)
        for (claims, refused) in [
            (["exp": .number(now - leeway + 1)], nil), (["exp": .number(now - leeway + 0.5)], nil),
            (["exp": .number(now - leeway)], "The token has expired."), (["exp": 0], "The token has expired."),
            (["exp": -1e300], "The token has expired."), (["exp": nil], "The token has no expiry (exp)."),
            (["nbf": .number(now + leeway)], nil),
            (["nbf": .number(now + leeway + 0.5)], "The token is not valid yet (nbf)."),
            (["nbf": 1e300], "The token is not valid yet (nbf)."), (["iat": .number(now + leeway)], nil),
            (
                ["iat": .number(now + leeway + 1)],
                "The token was issued in the future (iat); compare the clocks of server and issuer."
            ),
            (["iat": nil], nil), (["exp": "1800000000"], "The token’s claim “exp” is not a number."),
            (["nbf": true], "The token’s claim “nbf” is not a number."),
            (["iat": [1]], "The token’s claim “iat” is not a number."),
        ] as [([String: JSON], String?)] {
            #expect(try await refusal(claims) == refused, "\(claims)")
        }
    }

    @Test func `a token expires on the clock of the server`() async throws {
        let clock = ManualClock()
        let authenticator = try await JWTAuthenticator([key], clock: clock)
        let token = try Issuer.token(key)
        clock.advance(milliseconds: 359_999)
        #expect(await authenticator.outcome(token) == .success(Issuer.user))
        clock.advance(milliseconds: 1)
        #expect(await authenticator.refusal(token) == "The token has expired.")
    }

    // MARK: - Form

    @Test(arguments: [
        "", "7", "[]", "null", "{", "\"anna\"", #"{"sub":"anna","sub":"ben"}"#, #"{"exp":1e999}"#, "{\"a\":\u{1}}",
        #"{"a":"# + String(repeating: #"{"a":"#, count: 500) + "1" + String(repeating: "}", count: 501),
    ]) func `a payload that is not one JSON object is refused`(_ payload: String) async throws {
        let token = try Issuer.token(
            key, payload: Array(payload.utf8), header: JSON.object(["alg": "ES256", "kid": "p256"]).bytes)
        #expect(await authenticator.refusal(token) == "The token’s claims are malformed.")
    }

    @Test func `no reason has a part of the token`() async throws {
        for claims: [String: JSON] in [
            ["iss": "secret-value"], ["aud": "secret-value"], ["exp": "secret-value"], ["sub": "secret-value \u{1}"],
        ] {
            let reason = try #require(try await refusal(claims))
            #expect(!reason.contains("secret-value"))
        }
    }
}
