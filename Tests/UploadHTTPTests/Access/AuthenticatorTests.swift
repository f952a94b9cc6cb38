import HTTPTypes
import Testing
import UploadCore
import UploadHTTP

@Suite struct AuthenticatorTests {
    private func request(_ authorization: String...) -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/v1/capsules")
        for value in authorization {
            request.headerFields.append(HTTPField(name: .authorization, value: value))
        }
        return request
    }

    private func authenticator() throws -> TokenAuthenticator {
        let (anna, root) = (Digest(of: Array("anna-token_1.~+/==".utf8)), Digest(of: Array("root".utf8)))
        return TokenAuthenticator(
            try TokenTable(parsing: "anna sha256:\(anna.hex)\nroot sha256:\(root.hex) operator\n"))
    }

    @Test func `without authentication everybody is the local operator`() {
        #expect(
            LocalAuthenticator().caller(of: request()) == Caller(principal: Principal("local"), isOperator: true))
        #expect(LocalAuthenticator().caller(of: request("Bearer x"))?.principal.name == "local")
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"])
    func `a token identifies its principal, with any case of the scheme`(_ scheme: String) throws {
        let authenticator = try authenticator()
        #expect(
            authenticator.caller(of: request("\(scheme) anna-token_1.~+/=="))
                == Caller(principal: Principal("anna"), isOperator: false))
        #expect(
            authenticator.caller(of: request("\(scheme)   root"))
                == Caller(principal: Principal("root"), isOperator: true))
    }

    @Test(arguments: [
        "", "Bearer", "Bearer ", "root", "Basic root", "Bearerroot", "Bearer root root", "Bearer root,", "Bearer =root",
        "Bearer ro=ot", "Bearer rööt", "Bearer roo", "Bearer ===", "Bearer\troot", "Bearer ROOT",
    ]) func `a malformed or unknown token is not authenticated`(_ authorization: String) throws {
        #expect(try authenticator().caller(of: request(authorization)) == nil)
    }

    @Test func `a request without a field, or with two, is not authenticated`() throws {
        #expect(try authenticator().caller(of: request()) == nil)
        #expect(try authenticator().caller(of: request("Bearer root", "Bearer root")) == nil)
    }

    @Test func `the hash of a token is not a token, and a very long token is not hashed`() throws {
        let hash = Digest(of: Array("root".utf8)).hex
        #expect(try authenticator().caller(of: request("Bearer \(hash)")) == nil)
        #expect(try authenticator().caller(of: request("Bearer " + String(repeating: "a", count: 1025))) == nil)
    }

    @Test func `a table without tokens authenticates nobody`() throws {
        #expect(TokenAuthenticator(try TokenTable(parsing: "")).caller(of: request("Bearer x")) == nil)
    }
}
