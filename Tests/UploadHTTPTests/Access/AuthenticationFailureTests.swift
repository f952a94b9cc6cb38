import HTTPTypes
import Testing
import UploadCore
import UploadHTTP

/// What a client sees of credentials that are refused for a reason.
@Suite(.timeLimit(.minutes(10))) struct AuthenticationFailureTests {
    private struct RefusingAuthenticator: Authenticator {
        let failure: AuthenticationFailure

        func caller(of request: HTTPRequest) async throws(AuthenticationFailure) -> Caller? {
            guard request.headerFields[.authorization] != nil else { return nil }
            throw failure
        }
    }

    private func response(
        _ failure: AuthenticationFailure, _ path: String = "/v1/capsules",
        fields: [(String, String)] = [("Authorization", "Bearer x")]
    ) async throws -> ClientResponse {
        let settings = ServerSettings(authenticator: RefusingAuthenticator(failure: failure))
        return try await LiveServer.run(settings) { server in
            try await server.send(ClientRequest("GET", path, fields: fields))
        }
    }

    @Test func `an invalid token is a challenge with the reason`() async throws {
        let response = try await response(.invalidToken(reason: "The token’s claim “sub” is \"odd\" \\ é."))
        #expect(response.status == 401)
        #expect(response.json?["code"]?.text == "unauthenticated")
        #expect(response.json?["title"]?.text == "The token’s claim “sub” is \"odd\" \\ é.")
        #expect(
            response["WWW-Authenticate"]
                == #"Bearer realm="wharf", error="invalid_token", error_description="The token's claim 'sub' is 'odd' ? ?.""#
        )
    }

    @Test func `a missing role is forbidden`() async throws {
        let response = try await response(.insufficientRole(reason: "The token lacks a role."))
        #expect(response.status == 403 && response.json?["code"]?.text == "forbidden")
        #expect(response["WWW-Authenticate"]?.contains(#"error="insufficient_scope""#) == true)
    }

    @Test func `what cannot be verified now can be repeated`() async throws {
        let response = try await response(.unavailable(reason: "There are no keys.", retryAfterSeconds: 10))
        #expect(response.status == 503 && response.json?["code"]?.text == "unavailable")
        #expect(response["Retry-After"] == "10" && response["WWW-Authenticate"] == nil)
    }

    @Test func `without credentials nothing has changed`() async throws {
        let response = try await response(.invalidToken(reason: "The token has expired."), fields: [])
        #expect(response.status == 401 && response["WWW-Authenticate"] == #"Bearer realm="wharf""#)
        #expect(response.json?["title"]?.text == "Authentication required.")
    }

    @Test func `endpoints for everybody answer whatever the credentials`() async throws {
        for path in ["/healthz", "/v1/upload-config"] {
            #expect(try await response(.invalidToken(reason: "The token has expired."), path).status == 200)
        }
    }

    // MARK: - Several ways

    @Test func `a chain takes the first caller, and the reason of the last`() async throws {
        let tokens = try TestCallers.authenticator()
        let chain = AuthenticatorChain([tokens, RefusingAuthenticator(failure: .invalidToken(reason: "no"))])
        var request = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/v1/capsules")
        #expect(try await chain.caller(of: request) == nil)
        request.headerFields[.authorization] = TestCallers.authorization(of: "anna").value
        #expect(try await chain.caller(of: request)?.principal == Principal("anna"))
        request.headerFields[.authorization] = "Bearer other"
        await #expect(throws: AuthenticationFailure.invalidToken(reason: "no")) { try await chain.caller(of: request) }
        #expect(!chain.admitsEverybody && AuthenticatorChain([tokens, LocalAuthenticator()]).admitsEverybody)
    }
}
