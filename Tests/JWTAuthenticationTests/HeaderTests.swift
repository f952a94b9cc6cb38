import JWTAuthentication
import Testing
import UploadHTTP

/// The header of a token, and the form of a token as a whole.
@Suite struct HeaderTests {
    private let key: TestKey
    private let authenticator: JWTAuthenticator

    init() async throws {
        key = try await .es256()
        authenticator = try await JWTAuthenticator([key])
    }

    private func refusal(header: [String: JSON]) async throws -> String? {
        await authenticator.refusal(try Issuer.token(key, header: header))
    }

    @Test(arguments: ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/jwt"])
    func `access tokens have these types`(_ type: String) async throws {
        let token = try Issuer.token(key, header: ["typ": .string(type)])
        #expect(await authenticator.outcome(token) == .success(Issuer.user))
    }

    @Test(arguments: ["logout+jwt", "dpop+jwt", "JWE", "", "text/jwt"])
    func `JWTs for other purposes are refused`(_ type: String) async throws {
        #expect(try await refusal(header: ["typ": .string(type)])?.contains("(typ)") == true)
    }

    @Test(arguments: [["exp"], ["b64"], [], nil] as [[String]?])
    func `critical extensions are refused`(_ names: [String]?) async throws {
        let value = names.map { JSON.array($0.map { .string($0) }) } ?? "exp"
        #expect(try await refusal(header: ["crit": value])?.contains("(crit)") == true)
    }

    @Test(arguments: [
        "", "[]", "null", "{", #"{"alg":"ES256"}x"#, #"{"alg":"ES256","alg":"none"}"#, #"{"alg":["ES256"]}"#,
        #"{"kid":"p256"}"#, #"{"alg":"ES256","kid":7}"#, #"{"alg":"ES256","typ":7}"#, "\u{FEFF}{\"alg\":\"ES256\"}",
        #"{"alg":"ES256","a":"# + String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000) + "}",
    ]) func `a malformed header is refused`(_ header: String) async throws {
        let token = try Issuer.token(key, payload: JSON.object(Issuer.claims).bytes, header: Array(header.utf8))
        #expect(await authenticator.refusal(token) == "The token’s header is malformed.")
    }

    @Test func `only three parts in strict Base64url are a token`() async throws {
        let parts = try Issuer.token(key).split(separator: ".").map(String.init)
        for form in [
            "a", ".", "..", "...", "wharf_secret", parts[0], parts.prefix(2).joined(separator: "."),
            (parts + ["a"]).joined(separator: "."), (parts + parts.prefix(2)).joined(separator: "."),
            "\(parts[0]).\(parts[1]).\(parts[2])=",
            "\(parts[0]).\(parts[1]).+/\(parts[2].dropFirst(2))", "\(parts[0]).\(parts[1]).\(parts[2])AAA",
            "\(parts[0]).\(parts[1]).~\(parts[2])",
        ] {
            #expect(await authenticator.refusal(form)?.contains("is not a signed JWT") == true, "\(form)")
        }
    }

    @Test func `a signature has one form only`() async throws {
        let token = try Issuer.token(key)
        // 64 bytes leave four bits of the last character without a meaning.
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = try #require(token.last.flatMap { letters.firstIndex(of: $0) })
        #expect(last.isMultiple(of: 16))
        let forms = (1..<16).map { String(token.dropLast()) + String(letters[last + $0]) }
        for form in forms { #expect(await authenticator.refusal(form) != nil) }
    }

    @Test func `missing and malformed credentials are none, and so are two of them`() async throws {
        let token = try Issuer.token(key)
        for request in [
            Issuer.request(), Issuer.request("Bearer \(token)", "Bearer \(token)"), Issuer.request("Basic \(token)"),
            Issuer.request(token), Issuer.request("Bearer \(token) x"), Issuer.request("Bearer \(token),"),
            Issuer.request("Bearer \(token.replacing(".", with: "=."))"),
        ] {
            #expect(try await authenticator.caller(of: request) == nil)
        }
        #expect(try await authenticator.caller(of: Issuer.request("bearer   \(token)")) == Issuer.user)
    }

    @Test func `a long token is refused unread, and the server's header has room for the longest`() async throws {
        #expect(JWTConfiguration.tokenBytesMax < HTTPLimits().headerFieldBytesMax)
        let frame = try Issuer.token(key, ["x": ""]).utf8.count
        var fitting = JWTConfiguration.tokenBytesMax * 3 / 4 - frame
        while try Issuer.token(key, ["x": .string(String(repeating: "x", count: fitting + 1))]).utf8.count
            <= JWTConfiguration.tokenBytesMax
        { fitting += 1 }
        let longest = try Issuer.token(key, ["x": .string(String(repeating: "x", count: fitting))])
        #expect(await authenticator.outcome(longest) == .success(Issuer.user))
        let longer = try Issuer.token(key, ["x": .string(String(repeating: "x", count: fitting + 1))])
        #expect(await authenticator.refusal(longer) == "The token has more than 8192 bytes.")
    }
}
