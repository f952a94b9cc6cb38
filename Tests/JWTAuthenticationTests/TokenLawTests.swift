import JWTAuthentication
import Testing
import UploadHTTP
import UploadTestKit

/// The law of every token that no issuer signed: it is refused, and the server survives it.
@Suite struct TokenLawTests {
    private static let rounds = 3_000

    private let keys: [TestKey]
    private let authenticator: JWTAuthenticator

    init() async throws {
        keys = [try await .es256(), try await .ed25519(), try await .rsa("RS256", "rs"), try await .rsa("PS256", "ps")]
        authenticator = try await JWTAuthenticator(keys)
    }

    @Test func `random bytes authenticate nobody`() async {
        var random = SeededRandom(seed: 1)
        for _ in 0..<Self.rounds {
            let bytes = (0..<random.below(200)).map { _ in UInt8(random.below(256)) }
            let text = random.chance(0.5) ? String(decoding: bytes, as: UTF8.self) : base64URL(bytes)
            #expect(await isRefused(text))
        }
    }

    @Test func `a token with a change anywhere authenticates nobody`() async throws {
        let genuine = Set(try keys.map { try Issuer.token($0) })
        var mutator = Mutator(seed: 2, inputs: genuine.sorted())
        for round in 0..<Self.rounds {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            guard !genuine.contains(text) else { continue }
            // What follows a space or a comma is no part of a token.
            #expect(await isRefused(text), "round \(round): \(text)")
        }
    }

    @Test func `a changed header or payload under the signature of another token authenticates nobody`() async throws {
        var random = SeededRandom(seed: 3)
        let header = #"{"alg":"ES256","kid":"p256","typ":"JWT"}"#
        let payload = String(decoding: try JSON.object(Issuer.claims).bytes, as: UTF8.self)
        let genuine = try Issuer.token(keys[0]).split(separator: ".").map(String.init)
        var headers = Mutator(seed: 4, inputs: [header])
        var payloads = Mutator(seed: 5, inputs: [payload])
        for _ in 0..<Self.rounds {
            let parts = [base64URL(headers.next()), base64URL(payloads.next())]
            let signature = random.chance(0.9) ? genuine[2] : base64URL((0..<64).map { _ in UInt8(random.below(256)) })
            guard parts != Array(genuine.prefix(2)) else { continue }
            #expect(await isRefused((parts + [signature]).joined(separator: ".")))
        }
    }

    @Test func `any document of keys is read or refused`() async throws {
        let document = String(decoding: try keySetDocument(keys), as: UTF8.self)
        var mutator = Mutator(seed: 6, inputs: [document])
        for _ in 0..<Self.rounds / 3 { _ = try? await KeySet(parsing: mutator.next()) }
    }

    private func isRefused(_ token: String) async -> Bool {
        switch await authenticator.outcome(token) {
        case .success(let caller): caller == nil
        case .failure: true
        }
    }
}
