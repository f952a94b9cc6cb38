import Glibc
import NativeWire
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

@Suite struct GetTests {
    private let bytes = content(20_500)

    private func fixture() throws -> Fixture {
        let fixture = try Fixture()
        fixture.server.addBlob(bytes)
        return fixture
    }

    @Test(arguments: [0, 1, 700, 5000]) func `a blob of any length is downloaded`(_ count: Int) async throws {
        let fixture = try Fixture()
        fixture.server.addBlob(content(count))
        let meta = try await fixture.client().get("blob", to: fixture.path("out"))
        #expect(meta.size == UInt64(count))
        #expect(TestFiles.read(fixture.path("out")) == content(count))
        #expect(TestFiles.read(fixture.path("out.part")) == nil)
    }

    @Test func `a broken download resumes`() async throws {
        let fixture = try fixture()
        let offsets = Mutex<[UInt64]>([])
        fixture.server.fail { call in
            call.path == "/v1/blobs/blob" && call.count < 4 ? .answerCut(after: 3000) : nil
        }
        _ = try await fixture.client().get("blob", to: fixture.path("out")) { progress in
            offsets.withLock { $0.append(progress.doneBytes) }
        }
        #expect(TestFiles.read(fixture.path("out")) == bytes)
        let seen = offsets.withLock { $0 }
        #expect(seen == seen.sorted() && seen.last == 20_500)
        #expect(fixture.waits.all == [])
    }

    @Test func `a new process resumes the download of an earlier one`() async throws {
        let fixture = try fixture()
        try fixture.write(Array(bytes[..<12_345]), to: "out.part")
        let resumed = Mutex<UInt64>(0)
        _ = try await fixture.client().get("blob", to: fixture.path("out")) { progress in
            resumed.withLock { $0 = max($0, progress.resumedBytes) }
        }
        #expect(TestFiles.read(fixture.path("out")) == bytes)
        #expect(resumed.withLock { $0 } == 12_345)
    }

    @Test(arguments: [400, 20_500, 30_000])
    func `another file's partial download is discarded`(_ count: Int) async throws {
        let fixture = try fixture()
        try fixture.write(content(count, seed: 5), to: "out.part")
        _ = try await fixture.client().get("blob", to: fixture.path("out"))
        #expect(TestFiles.read(fixture.path("out")) == bytes)
    }

    @Test func `a link in the place of the partial file is not written through`() async throws {
        let fixture = try fixture()
        try fixture.write([1, 2, 3], to: "secret")
        try #require(symlink("secret", fixture.path("out.part")) == 0)
        let error = await #expect(throws: ClientError.self) {
            try await fixture.client().get("blob", to: fixture.path("out"))
        }
        #expect(error?.code == .localFile)
        #expect(TestFiles.read(fixture.path("secret")) == [1, 2, 3])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `a partial file of another user is not written to`() async throws {
        let fixture = try fixture()
        try fixture.write([1, 2, 3], to: "out.part")
        try #require(chown(fixture.path("out.part"), 4711, 4711) == 0)
        let error = await #expect(throws: ClientError.self) {
            try await fixture.client().get("blob", to: fixture.path("out"))
        }
        #expect(error?.code == .localFile)
        #expect(TestFiles.read(fixture.path("out.part")) == [1, 2, 3])
    }

    @Test func `bytes with a wrong digest are never renamed to the final name`() async throws {
        let fixture = try Fixture()
        fixture.server.addBlob(bytes, sha256: Digest(of: [1]).hex)
        let error = try await refusal { try await fixture.client().get("blob", to: fixture.path("out")) }
        #expect(error.code == .corruptDownload)
        #expect(TestFiles.read(fixture.path("out")) == nil)
    }

    @Test func `two downloads to the same path do not mix`() async throws {
        let fixture = try fixture()
        let (one, two) = (try fixture.client(), try fixture.client())
        let path = fixture.path("out")
        fixture.server.fail { call in
            guard call.path == "/v1/blobs/blob", call.count == 1 else { return nil }
            let error = try await refusal { try await two.get("blob", to: path) }
            #expect(error.code == .localFile)
            return nil
        }
        _ = try await one.get("blob", to: path)
        #expect(TestFiles.read(path) == bytes)
    }

    @Test func `a missing blob leaves no file`() async throws {
        let fixture = try fixture()
        let error = try await refusal { try await fixture.client().get("other", to: fixture.path("out")) }
        #expect(error.code.rawValue == "not_found")
        #expect(TestFiles.read(fixture.path("out.part")) == nil)
    }
}
