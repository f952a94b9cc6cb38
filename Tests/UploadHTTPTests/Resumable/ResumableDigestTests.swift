import HTTPTypes
import HTTPWire
import ResumableWire
import Testing
import UploadCore
import UploadHTTP

/// Digests (RFC 9530) of contents and of the whole.
@Suite(.timeLimit(.minutes(10))) struct ResumableDigestTests {
    private static let bytes = content(70_000)

    private func run(_ version: InteropVersion, _ body: @escaping @Sendable (ResumableClient) async throws -> Void)
        async throws
    {
        try await TransportKind.router.run(ServerSettings()) { transport, _ in
            try await body(ResumableClient(transport, version))
        }
    }

    @Test(arguments: InteropVersion.all)
    func `I1: content with another digest is not appended`(version: InteropVersion) async throws {
        try await run(version) { client in
            let upload = try await client.begin(Self.bytes)
            let wrong = try await client.send(
                client.append(
                    to: upload, at: 70_000, isLast: true, Self.bytes, [contentDigest(of: Array(Self.bytes.dropLast()))])
            )
            #expect(wrong.status == 400)
            #expect(client.state(in: wrong) == ResumableState(offset: 70_000, isComplete: false, length: nil))
            try await client.expect(upload, at: 70_000)
            let right = try await client.send(
                client.append(to: upload, at: 70_000, isLast: true, Self.bytes, [contentDigest(of: Self.bytes)]))
            #expect(right.status == 201)
            let created = try await client.send(
                client.creation(isComplete: false, Self.bytes, [contentDigest(of: [1])]))
            #expect(created.status == 400)
            #expect(client.state(in: created)?.offset == 0)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `I3: a whole with another digest fails for good`(version: InteropVersion) async throws {
        try await run(version) { client in
            let digest = ("Repr-Digest", ContentDigest.format(Digest(of: Self.bytes)))
            #expect(try await client.send(client.creation(isComplete: true, Self.bytes, [digest])).status == 201)
            let upload = try await client.begin([1], [digest])
            let wrong = try await client.send(client.append(to: upload, at: 1, isLast: true, Self.bytes))
            #expect(wrong.status == 400)
            let stated = wrong[version.completenessField.rawName]
            #expect(stated == (version.number == 3 ? "?0" : "?1"))
            #expect(try await client.head(upload).status == 404)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `I4: a wanted digest of the whole comes with the final response`(version: InteropVersion) async throws {
        try await run(version) { client in
            let expected = ContentDigest.format(Digest(of: Self.bytes))
            let wanting = ("Want-Repr-Digest", "sha-256=10")
            let whole = try await client.send(client.creation(isComplete: true, Self.bytes, [wanting]))
            #expect(whole["Repr-Digest"] == expected)
            let upload = try await client.begin([], [wanting])
            let last = try await client.send(client.append(to: upload, at: 0, isLast: true, Self.bytes))
            #expect(last["Repr-Digest"] == expected)
            #expect(try await client.send(client.request("GET", upload))["Repr-Digest"] == expected)
            let other = try await client.begin()
            let asking = client.append(to: other, at: 0, isLast: true, Self.bytes, [wanting])
            #expect(try await client.send(asking)["Repr-Digest"] == expected)
            #expect(try await client.send(client.creation(isComplete: true, Self.bytes))["Repr-Digest"] == nil)
        }
    }

    @Test func `unknown algorithms are ignored`() async throws {
        try await run(.of(8)) { client in
            let fields = [("Repr-Digest", "sha-512=:AAAA:"), ("Content-Digest", "md5=:AAAA:")]
            let response = try await client.send(client.creation(isComplete: true, Self.bytes, fields))
            #expect(response.status == 201)
        }
    }
}
