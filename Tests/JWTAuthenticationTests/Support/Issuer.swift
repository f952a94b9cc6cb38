import HTTPTypes
import JWTAuthentication
import SessionCore
import UploadCore
import UploadHTTP
import UploadTestKit

/// What a test server accepts, and tokens for it. The clock begins at 1,700,000,000 seconds.
enum Issuer {
    static let url = "https://id.example.org/realms/photos"
    static let now = 1_700_000_000.0
    static let administrator = Caller(principal: .init("anna"), isOperator: true)
    static let user = Caller(principal: .init("anna"))

    static var configuration: JWTConfiguration { JWTConfiguration(issuer: url, audiences: ["wharf", "backup"]) }

    /// Claims that are accepted until `now + 300`.
    static let claims: [String: JSON] = [
        "iss": .string(url), "aud": "wharf", "sub": "anna", "exp": .number(now + 300), "iat": .number(now - 10),
    ]

    /// A token in the compact serialization.
    ///
    /// - Parameters:
    ///   - claims: Override those above; null removes one.
    ///   - header: Overrides `alg`, `kid` and `typ`; null removes one.
    static func token(
        _ key: TestKey, _ claims: [String: JSON] = [:], header: [String: JSON] = [:]
    ) throws -> String {
        var fields: [String: JSON] = ["alg": .string(key.algorithm), "typ": "JWT"]
        if let id = key.id { fields["kid"] = .string(id) }
        return try token(
            key, payload: JSON.object(merged(Self.claims, claims)).bytes,
            header: JSON.object(merged(fields, header)).bytes)
    }

    static func token(_ key: TestKey, payload: [UInt8], header: [UInt8]) throws -> String {
        let signed = base64URL(header) + "." + base64URL(payload)
        return signed + "." + base64URL(try key.sign(Array(signed.utf8)))
    }

    private static func merged(_ members: [String: JSON], _ changes: [String: JSON]) -> [String: JSON] {
        members.merging(changes) { $1 }.filter { $0.value != .null }
    }

    static func request(_ authorization: String...) -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/v1/capsules")
        for value in authorization { request.headerFields.append(HTTPField(name: .authorization, value: value)) }
        return request
    }
}

extension JWTAuthenticator {
    /// Of some keys, at the beginning of the clock.
    init(
        _ keys: [TestKey], _ configuration: JWTConfiguration = Issuer.configuration, clock: ManualClock = ManualClock()
    ) async throws {
        let set = try await KeySet(parsing: keySetDocument(keys))
        self.init(configuration, keys: StoredKeys(set)) { clock.now() }
    }

    /// Whom a token authenticates, or the reason of its refusal.
    func outcome(_ token: String) async -> Result<Caller?, AuthenticationFailure> {
        do throws(AuthenticationFailure) {
            return .success(try await caller(of: Issuer.request("Bearer " + token)))
        } catch {
            return .failure(error)
        }
    }

    /// The reason for which a token is not valid; nil if it is.
    func refusal(_ token: String) async -> String? {
        guard case .failure(.invalidToken(let reason)) = await outcome(token) else { return nil }
        return reason
    }
}
