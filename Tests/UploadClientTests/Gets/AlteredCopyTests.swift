import Glibc
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import UploadClient

/// Downloads that are redirected to something else than the blob.
@Suite struct AlteredCopyTests {
    private static let bytes = content(5000)

    private func fixture(_ copy: [UInt8]) throws -> Fixture {
        let fixture = try Fixture()
        fixture.server.addBlob(Self.bytes)
        fixture.server.state.withLock { $0.redirected = copy }
        return fixture
    }

    /// The requests for the bytes.
    private func downloads(_ fixture: Fixture) -> Int { fixture.server.calls.count { $0.path == "/v1/blobs/blob" } }

    @Test func `a copy with the bytes of the blob is all that is downloaded`() async throws {
        let fixture = try fixture(Self.bytes)
        _ = try await fixture.client().get("blob", to: fixture.path("out"))
        #expect(TestFiles.read(fixture.path("out")) == Self.bytes)
        #expect(downloads(fixture) == 1 && fixture.warnings.all == [])
    }

    @Test(arguments: [bytes.reversed(), Array(bytes.dropLast()).reversed(), [1]] as [[UInt8]])
    func `wrong bytes are downloaded once more from the server itself, with a warning`(_ copy: [UInt8]) async throws {
        let fixture = try fixture(copy)
        _ = try await fixture.client().get("blob", to: fixture.path("out"))
        #expect(TestFiles.read(fixture.path("out")) == Self.bytes)
        #expect(fixture.warnings.all.count == 1)
        #expect(fixture.waits.all == [])
    }

    /// The digest decides, whoever sent which part.
    @Test(arguments: [[], bytes.dropLast(), bytes + [1], bytes + content(3000)] as [[UInt8]])
    func `what a copy lacks, and what follows it, costs no second download`(_ copy: [UInt8]) async throws {
        let fixture = try fixture(copy)
        _ = try await fixture.client().get("blob", to: fixture.path("out"))
        #expect(TestFiles.read(fixture.path("out")) == Self.bytes)
        #expect(downloads(fixture) == 2 && fixture.warnings.all == [])
    }

    @Test func `a copy that breaks before its first byte is not asked for again`() async throws {
        let fixture = try fixture(Self.bytes)
        fixture.server.fail { call in
            call.path == "/v1/blobs/blob" && call.count == 1 ? .answerCut(after: 0) : nil
        }
        _ = try await fixture.client().get("blob", to: fixture.path("out"))
        #expect(TestFiles.read(fixture.path("out")) == Self.bytes)
        #expect(downloads(fixture) == 2 && fixture.waits.all == [])
    }

    @Test func `a server whose own bytes are wrong, too, is believed once`() async throws {
        let fixture = try Fixture()
        fixture.server.addBlob(Self.bytes, sha256: Digest(of: [1]).hex)
        fixture.server.state.withLock { $0.redirected = Self.bytes }
        let error = try await refusal { try await fixture.client().get("blob", to: fixture.path("out")) }
        #expect(error.code == .corruptDownload)
        #expect(downloads(fixture) == 2 && fixture.warnings.all.count == 1)
    }

    @Test func `what is written to a descriptor comes from the server itself`() async throws {
        let fixture = try fixture(Self.bytes.reversed())
        let client = try fixture.client()
        let descriptor = open(fixture.path("pipe"), O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        try await client.get(try await client.meta("blob"), writingTo: descriptor)
        #expect(TestFiles.read(fixture.path("pipe")) == Self.bytes)
        #expect(fixture.warnings.all == [])
    }
}
