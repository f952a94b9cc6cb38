import Testing

@testable import JWTAuthentication

@Suite struct KeySetTests {
    private func set(_ keys: [TestKey]) async throws -> KeySet { try await KeySet(parsing: keySetDocument(keys)) }

    private func refusal(_ document: [UInt8]) async -> String? {
        do throws(KeySetError) {
            _ = try await KeySet(parsing: document)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a key that cannot be used does not make the others unusable`() async throws {
        let key = try await TestKey.es256()
        let rsa = try await TestKey.rsa()
        let unusable: [(TestKey, String)] = [
            (key.with(["use": "enc"]), "it is not for signatures (use)"),
            (key.with(["key_ops": ["sign"]]), "it is not for verifying signatures (key_ops)"),
            (key.with(["kty": "oct", "k": "AAAA"]), "its type or its curve is not supported (kty, crv)"),
            (key.with(["crv": "secp256k1"]), "its type or its curve is not supported (kty, crv)"),
            (key.with(["kty": "future"]), "its type or its curve is not supported (kty, crv)"),
            (key.with(["kty": 7]), "it is malformed"), (key.with(["kid": 7]), "it is malformed"),
            (key.with(["x": "AAAA"]), "it is malformed"), (key.with(["x": "?"]), "it is malformed"),
            (key.with(["x": "", "y": ""]), "it is malformed"), (key.with(["x": nil]), "it is incomplete"),
            (key.with(["crv": "P-384"]), "it is malformed"),
            (key.with(["alg": "RS256"]), "its algorithm is not a signature of its type (alg)"),
            (rsa.with(["alg": "RSA-OAEP"]), "its algorithm is not a signature of its type (alg)"),
            (rsa.with(["alg": "HS256"]), "its algorithm is not a signature of its type (alg)"),
            (rsa.with(["n": ""]), "it is malformed or has less than 2048 bits"),
            (rsa.with(["e": ""]), "it is malformed or has less than 2048 bits"),
            (rsa.with(["e": "AA"]), "it is malformed or has less than 2048 bits"),
            (rsa.with(["e": "?"]), "it is malformed or has less than 2048 bits"),
            (rsa.with(["n": nil]), "it is incomplete"),
        ]
        let set = try await set(unusable.map(\.0) + [key])
        #expect(set.count == 1)
        #expect(set.skipped == unusable.enumerated().map { "\($0.offset): \($0.element.1)" })
    }

    @Test(arguments: ["{}", "[]", "", "null", #"{"keys":{}}"#, #"{"keys":7}"#, "{\"keys\":[", "\u{0}"])
    func `anything else is no set`(_ text: String) async {
        #expect(await refusal(Array(text.utf8))?.contains("not a JWK Set") == true)
    }

    @Test(arguments: [#"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AA"}]}"#, #"{"keys":[7,null,[],"a",{}]}"#])
    func `a set without a usable key is refused`(_ text: String) async {
        #expect(await refusal(Array(text.utf8))?.contains("no key that verifies signatures") == true)
    }

    @Test func `purposes and algorithms narrow a key`() async throws {
        let rsa = try await TestKey.rsa()
        let all: [SignatureAlgorithm] = [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        for (members, expected) in [
            ([:], all), (["use": "sig", "key_ops": ["verify", "sign"]], all), (["alg": "PS384"], [.ps384]),
        ] as [([String: JSON], [SignatureAlgorithm])] {
            let set = try await set([rsa.with(members)])
            #expect(SignatureAlgorithm.allCases.filter { set.keys[0].permits($0) } == expected)
        }
    }

    @Test func `private members are ignored`() async throws {
        let key = try await TestKey.es256()
        #expect(try await set([key.with(["d": "AAAA", "p": 7, "q": ["x"]])]) == set([key]))
    }

    @Test(arguments: [(1024, false), (2040, false), (2047, false), (2048, true), (4096, true)])
    func `an RSA key has 2048 bits at least`(bits: Int, isUsable: Bool) async throws {
        var modulus = [UInt8](repeating: 0xFF, count: (bits + 7) / 8)
        if !bits.isMultiple(of: 8) { modulus[0] >>= 8 - bits % 8 }
        // Zeros in front count for nothing.
        let rsa = try await TestKey.rsa().with(TestKey.rsaMembers(modulus: [0, 0] + modulus))
        let set = try await set([rsa, .es256()])
        #expect(set.count == (isUsable ? 2 : 1), "\(set.skipped)")
    }

    @Test func `a set has 64 keys and 256 KiB at most`() async throws {
        let key = try await TestKey.es256()
        #expect(try await set(Array(repeating: key, count: 64)).count == 64)
        #expect(await refusal(try keySetDocument(Array(repeating: key, count: 65))) == "it has more than 64 keys")
        let document = try keySetDocument([key])
        let blanks = [UInt8](repeating: 0x20, count: KeySet.bytesMax - document.count)
        #expect(await refusal(document + blanks) == nil)
        #expect(await refusal(document + blanks + [0x20]) == "it has more than 262144 bytes")
    }

    @Test func `a deeply nested document is refused, and unknown members are not`() async throws {
        let key = try await TestKey.es256()
        #expect(try await set([key.with(["x5c": ["AA"], "nested": [["a": 7]]])]).count == 1)
        let deep = #"{"keys":[],"a":"# + String(repeating: "[", count: 100_000)
        #expect(await refusal(Array(deep.utf8)) != nil)
        let closed = deep + String(repeating: "]", count: 100_000) + "}"
        #expect(await refusal(Array(closed.utf8)) != nil)
    }
}
