import JWTAuthentication
import Testing
import UploadCore
import UploadHTTP

/// Whom a token authenticates, and as what.
@Suite struct PrincipalTests {
    private let key: TestKey

    init() async throws {
        key = try await .es256()
    }

    private func outcome(
        _ claims: [String: JSON], _ change: (inout JWTConfiguration) -> Void = { _ in }
    ) async throws -> Result<Caller?, AuthenticationFailure> {
        var configuration = Issuer.configuration
        change(&configuration)
        return await (try JWTAuthenticator([key], configuration)).outcome(try Issuer.token(key, claims))
    }

    @Test(
        arguments: [
            nil, "", 7, true, ["anna"], ["a": "b"], "an na", "anna\n", "a\u{0}b", "a\u{7F}b", "a\u{A0}b", "#anna",
            "sha256:0", "link:0123", "link:", .string(String(repeating: "a", count: 256)),
            .string(String(repeating: "é", count: 128)),
        ] as [JSON]) func `what is no principal is refused`(_ subject: JSON) async throws
    {
        guard case .failure(.invalidToken(let reason)) = try await outcome(["sub": subject]) else {
            Issue.record("\(subject) was not refused")
            return
        }
        #expect(reason.hasPrefix("The token") && reason.contains("“sub”"))
    }

    @Test func `the longest principal is one of 255 bytes`() async throws {
        let name = String(repeating: "a", count: 255)
        #expect(try await outcome(["sub": .string(name)]) == .success(Caller(principal: .init(name))))
    }

    @Test func `the principal may be in another claim, also within an object`() async throws {
        #expect(
            try await outcome(["email": "a@b.example"]) { $0.principalClaim = "email" }
                == .success(Caller(principal: .init("a@b.example"))))
        #expect(
            try await outcome(["who": ["name": "ben"]]) { $0.principalClaim = "who.name" }
                == .success(Caller(principal: .init("ben"))))
        // The claim by its whole name comes first.
        #expect(
            try await outcome(["who.name": "carla", "who": ["name": "ben"]]) { $0.principalClaim = "who.name" }
                == .success(Caller(principal: .init("carla"))))
    }

    // MARK: - Roles

    @Test(
        arguments: [
            (["roles": ["user", "admin"]], "roles"), (["roles": "user admin"], "roles"), (["scope": "admin"], "scope"),
            (["realm_access": ["roles": ["admin"]]], "realm_access.roles"),
            (["https://example.org/roles": ["admin"]], "https://example.org/roles"),
            (["resource_access": ["wharf": ["roles": ["admin"]]]], "resource_access.wharf.roles"),
        ] as [([String: JSON], String)]) func `who has the operator role is an operator`(
            _ claims: [String: JSON], _ claim: String
        ) async throws
    {
        #expect(
            try await outcome(claims) {
                $0.rolesClaim = claim
                $0.operatorRole = "admin"
            } == .success(Issuer.administrator))
        // There is no default.
        #expect(try await outcome(claims) { $0.rolesClaim = claim } == .success(Issuer.user))
    }

    @Test(
        arguments: [
            [:], ["roles": []], ["roles": "Admin administrator"], ["roles": ["admin user"]], ["roles": ""],
            ["role": "admin"], ["realm_access": ["roles": ["admin"]]], ["roles": ["Admin", "admi"]],
        ] as [[String: JSON]]) func `who has not the operator role is a user`(_ claims: [String: JSON]) async throws
    {
        #expect(try await outcome(claims) { $0.operatorRole = "admin" } == .success(Issuer.user))
    }

    @Test func `a user role admits those who have it, and operators`() async throws {
        func outcome(_ roles: JSON) async throws -> Result<Caller?, AuthenticationFailure> {
            try await self.outcome(["roles": roles]) {
                $0.operatorRole = "admin"
                $0.userRole = "photos"
            }
        }
        #expect(try await outcome(["photos"]) == .success(Issuer.user))
        #expect(try await outcome("admin") == .success(Issuer.administrator))
        #expect(
            try await outcome(["other"])
                == .failure(
                    .insufficientRole(
                        reason: "The token lacks the role “photos” or “admin” in its claim “roles”.")))
        #expect(try await outcome(nil) != .success(Issuer.user))
    }

    @Test(arguments: [7, true, ["a": "b"], ["admin", 7], [["admin"]]] as [JSON])
    func `malformed roles are refused where roles matter`(_ roles: JSON) async throws {
        #expect(try await outcome(["roles": roles]) == .success(Issuer.user))
        guard
            case .failure(.invalidToken(let reason)) = try await outcome(
                ["roles": roles], { $0.operatorRole = "admin" })
        else {
            Issue.record("\(roles) were not refused")
            return
        }
        #expect(reason.contains("“roles”"))
    }
}
