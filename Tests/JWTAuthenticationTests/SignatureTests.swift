import JWTAuthentication
import Testing
import UploadHTTP

@Suite struct SignatureTests {
    private static func key(_ algorithm: String, _ id: String? = "k") async throws -> TestKey {
        switch algorithm {
        case "ES256": try await .es256(id)
        case "ES384": try await .es384(id)
        case "ES512": try await .es512(id)
        case "EdDSA": try await .ed25519(id)
        default: try await .rsa(algorithm, id)
        }
    }

    private static let algorithms = [
        "ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
    ]

    @Test(arguments: algorithms) func `a genuine token authenticates its subject`(_ algorithm: String) async throws {
        for id in ["k", nil] {
            let key = try await Self.key(algorithm, id)
            let authenticator = try await JWTAuthenticator([.es256("other"), key])
            let token = try Issuer.token(key)
            #expect(await authenticator.outcome(token) == .success(Issuer.user))
        }
    }

    @Test(arguments: algorithms) func `a changed header, payload or signature is not genuine`(
        _ algorithm: String
    ) async throws {
        let key = try await Self.key(algorithm)
        let authenticator = try await JWTAuthenticator([key])
        let parts = try Issuer.token(key).split(separator: ".").map(String.init)
        let other = try Issuer.token(key, ["sub": "ben"]).split(separator: ".").map(String.init)
        let header = try Issuer.token(key, header: ["x": "y"]).split(separator: ".").map(String.init)
        for forged in [
            [parts[0], other[1], parts[2]], [parts[0], parts[1], other[2]], [header[0], parts[1], parts[2]],
            [parts[0], parts[1], String(parts[2].dropFirst(4))], [parts[0], parts[1], "AAAA"],
        ] {
            #expect(await authenticator.refusal(forged.joined(separator: ".")) == "The token’s signature is wrong.")
        }
    }

    @Test func `Ed25519 is another name of EdDSA for keys on that curve`() async throws {
        let key = try await TestKey.ed25519()
        let token = try Issuer.token(key, header: ["alg": "Ed25519"])
        #expect(try await JWTAuthenticator([key]).outcome(token) == .success(Issuer.user))
        let named = key.with(["alg": "EdDSA"])
        #expect(
            try await JWTAuthenticator([named]).refusal(token) == "The token’s algorithm (alg) is not one of its key.")
    }

    // MARK: - Attacks

    @Test(arguments: ["none", "None", "NONE", "", "HS256", "HS384", "HS512", "RS1", "es256", "RSA-OAEP", "dir"])
    func `no algorithm but those of public keys is accepted`(_ algorithm: String) async throws {
        let key = try await TestKey.rsa()
        let authenticator = try await JWTAuthenticator([key])
        let token = try Issuer.token(key, header: ["alg": .string(algorithm)])
        #expect(await authenticator.refusal(token)?.contains("RS256, RS384, RS512, PS256") == true)
        let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(await authenticator.refusal(unsigned)?.contains("not a signed JWT") == true)
    }

    @Test func `the public key is no secret of an HMAC`() async throws {
        let key = try await TestKey.rsa()
        let authenticator = try await JWTAuthenticator([key])
        let publicKey = try JSON.object(key.members).bytes
        let forger = try await TestKey.hs256(key.id, secret: publicKey)
        for header: [String: JSON] in [[:], ["alg": "RS256"], ["alg": "ES256"]] {
            #expect(await authenticator.refusal(try Issuer.token(forger, header: header)) != nil)
        }
    }

    @Test func `a token is not verified with another key than it names, nor with another algorithm`() async throws {
        let (first, second) = (try await TestKey.es256("1"), try await TestKey.es256("2"))
        let rsa = try await TestKey.rsa("RS256", "rsa")
        let pss = try await TestKey.rsa("PS256", "pss").with(["alg": "PS256"])
        let authenticator = try await JWTAuthenticator([first, second, rsa, pss])
        for (key, header, reason) in [
            (first, ["kid": "2"], "The token’s signature is wrong."),
            (first, ["kid": "3"], "The token names a key (kid) that its issuer does not publish."),
            (first, ["kid": ""], "The token names a key (kid) that its issuer does not publish."),
            (first, ["alg": "ES384"], "The token’s algorithm (alg) is not one of its key."),
            (first, ["alg": "RS256"], "The token’s algorithm (alg) is not one of its key."),
            (first, ["kid": "rsa"], "The token’s algorithm (alg) is not one of its key."),
            (rsa, ["alg": "PS256"], "The token’s signature is wrong."),
            (rsa, ["kid": "pss"], "The token’s algorithm (alg) is not one of its key."),
        ] as [(TestKey, [String: JSON], String)] {
            #expect(await authenticator.refusal(try Issuer.token(key, header: header)) == reason)
        }
    }

    @Test func `a key that the token brings along is not used`() async throws {
        let (known, own) = (try await TestKey.es256("1"), try await TestKey.es256("1"))
        let authenticator = try await JWTAuthenticator([known])
        let header: [String: JSON] = ["jwk": .object(own.members), "jku": "https://evil.example/keys", "x5c": ["AA"]]
        #expect(await authenticator.refusal(try Issuer.token(own, header: header)) == "The token’s signature is wrong.")
        #expect(await authenticator.outcome(try Issuer.token(known, header: header)) == .success(Issuer.user))
    }

    @Test func `a key without a name is for tokens that name none`() async throws {
        let key = try await TestKey.es256(nil)
        let authenticator = try await JWTAuthenticator([key])
        #expect(await authenticator.outcome(try Issuer.token(key)) == .success(Issuer.user))
        #expect(await authenticator.refusal(try Issuer.token(key, header: ["kid": "1"]))?.contains("(kid)") == true)
    }

    @Test func `a token that does not name its key is tried with few keys`() async throws {
        var keys: [TestKey] = []
        for index in 0..<9 { keys.append(try await .es256("\(index)")) }
        let token = try Issuer.token(keys[7], header: ["kid": nil])
        #expect(try await JWTAuthenticator(Array(keys.prefix(8))).outcome(token) == .success(Issuer.user))
        #expect(try await JWTAuthenticator(keys).refusal(token)?.contains("does not name its key") == true)
    }
}
