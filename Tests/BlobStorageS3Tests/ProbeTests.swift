import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

struct ProbeTests {
    @Test(arguments: S3Engine.Integrity.allCases, [1, 2])
    func `an engine that fits is accepted, and nothing is left`(
        _ integrity: S3Engine.Integrity, _ deletionBatch: Int
    ) async throws {
        try await Fixture.run("&integrity=\(integrity.rawValue)&deletion-batch=\(deletionBatch)") { fixture in
            try await fixture.store.prepare()
            #expect(fixture.fake.objects.isEmpty)
        }
    }

    /// - Returns: What the operator reads.
    private func refusal(
        _ kind: S3Error.Kind, settings: String = "", credentials: S3Credentials = FakeS3.credentials,
        _ arrange: (Fixture) -> Void = { _ in }
    ) async throws -> String {
        var text = ""
        try await Fixture.run(settings, credentials: credentials) { fixture in
            arrange(fixture)
            let error = await #expect(throws: S3Error.self) { try await fixture.store.prepare() }
            #expect(error?.kind == kind)
            #expect(fixture.fake.objects.isEmpty)
            text = error?.description ?? ""
            #expect(!text.contains(".."), "an engine ends its messages with a full stop")
        }
        return text
    }

    @Test func `a wrong secret is found, and not shown`() async throws {
        let wrong = S3Credentials(accessKey: FakeS3.credentials.accessKey, secretKey: "hunter2")
        let text = try await refusal(.configuration, credentials: wrong)
        #expect(text.contains("403 SignatureDoesNotMatch"))
        #expect(!text.contains("hunter2"))
    }

    @Test func `a missing bucket is found before an engine could create it`() async throws {
        let text = try await refusal(.configuration) { fixture in
            fixture.fake.behave { request, _ in request.method == "HEAD" ? .status(404) : .normal }
        }
        #expect(text.contains("no bucket “photos”"))
    }

    @Test func `a bucket that may not be listed is no hindrance`() async throws {
        try await Fixture.run { fixture in
            fixture.fake.behave { request, _ in request.method == "HEAD" ? .status(403) : .normal }
            try await fixture.store.prepare()
        }
    }

    @Test(arguments: [S3Engine.Integrity.crc32, .contentMD5, .signedPayload])
    func `an engine that does not verify bytes is found`(_ integrity: S3Engine.Integrity) async throws {
        let text = try await refusal(.unsuitable, settings: "&integrity=\(integrity.rawValue)") { fixture in
            fixture.fake.change { $0.verifiesIntegrity = false }
        }
        #expect(text.contains("does not verify \(integrity.rawValue)"))
    }

    @Test func `a connection that breaks is not taken for a refusal of damaged bytes`() async throws {
        let text = try await refusal(.unavailable) { fixture in
            fixture.fake.change { $0.verifiesIntegrity = false }
            fixture.fake.behave { request, _ in request.method == "PUT" ? .status(500, code: "InternalError") : .normal
            }
        }
        #expect(text.contains("wrong checksum"))
    }

    @Test func `a key that is not accepted is told from what it is not permitted`() async throws {
        for (code, words) in [("InvalidAccessKeyId", "its secret"), ("AccessDenied", "its permissions")] {
            let text = try await refusal(.configuration) { fixture in
                fixture.fake.behave { _, _ in .status(403, code: code) }
            }
            #expect(text.contains(words) && text.contains("a test object"), "\(text)")
        }
    }

    @Test func `an engine that ignores ranges is found`() async throws {
        let text = try await refusal(.unsuitable) { fixture in fixture.fake.change { $0.honoursRanges = false } }
        #expect(text.contains("ignores ranges"))
    }

    @Test func `an engine that deletes nothing is found`() async throws {
        var name = ""
        try await Fixture.run { fixture in
            fixture.fake.behave { request, _ in
                request.method == "POST" ? .undeleted(code: "AccessDenied") { _ in true } : .normal
            }
            let error = await #expect(throws: S3Error.self) { try await fixture.store.prepare() }
            name = error?.description ?? ""
        }
        #expect(name.contains("did not delete"))
    }

    @Test func `an engine that does not respond is found`() async throws {
        let text = try await refusal(.unavailable) { fixture in fixture.fake.behave { _, _ in .late } }
        #expect(text.contains("Check the endpoint"))
    }

    @Test func `before a check the bucket is listed, and nothing is written`() async throws {
        try await Fixture.run { fixture in
            try await fixture.store.requireReadable()
            #expect(fixture.fake.requests.map(\.method) == ["HEAD", "GET"])
            fixture.fake.behave { request, _ in request.method == "GET" ? .status(403, code: "AccessDenied") : .normal }
            let error = await #expect(throws: S3Error.self) { try await fixture.store.requireReadable() }
            #expect(error?.kind == .configuration && error?.description.contains("listing segments") == true)
        }
    }

    @Test func `a clock that is wrong by hours is followed`() async throws {
        try await Fixture.run { fixture in
            fixture.clock.step(milliseconds: 7_200_000)
            try await fixture.store.prepare()
        }
    }
}
