import Glibc
import NativeWire
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import UploadClient

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

    // MARK: - What the file is like

    private func blob(modifiedAt: Int64? = nil) -> BlobDocument {
        BlobDocument(
            blob: "blob", capsule: "capsule", size: UInt64(bytes.count), sha256: Digest(of: bytes).hex, name: "name",
            type: "image/jpeg", chunkSize: nil, chunkCount: nil, createdAt: WireTime(Timestamp(milliseconds: 0)),
            modifiedAt: modifiedAt.map { WireTime(Timestamp(milliseconds: $0)) })
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return status
    }

    @Test(arguments: [981_173_106_789, 0, -1500]) func `a file gets its mode and its sender's time`(
        _ milliseconds: Int64
    ) async throws {
        let fixture = try fixture()
        var options = DownloadOptions()
        options.permissions = 0o644
        try await fixture.client().get(blob(modifiedAt: milliseconds), to: fixture.path("out"), options: options)
        let status = try status(fixture.path("out"))
        #expect(status.st_mode & 0o7777 == 0o644)
        #expect(Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000 == milliseconds)
    }

    @Test func `without options a file is private, and without a time it is of now`() async throws {
        let fixture = try fixture()
        let before = time(nil)
        var options = DownloadOptions()
        options.keepsModificationTime = false
        try await fixture.client().get(blob(modifiedAt: 1000), to: fixture.path("a"), options: options)
        try await fixture.client().get(blob(), to: fixture.path("b"))
        for name in ["a", "b"] {
            let status = try status(fixture.path(name))
            #expect(status.st_mode & 0o7777 == 0o600)
            #expect(status.st_mtim.tv_sec >= before)
        }
    }

    @Test func `the longest names are downloaded, and resumed`() async throws {
        let fixture = try fixture()
        let path = fixture.path(String(repeating: "x", count: 251) + ".jpg")
        let part = LocalName.partialPath(of: path)
        try TestFiles.write(Array(bytes[..<12_345]), to: part)
        let resumed = Mutex<UInt64>(0)
        _ = try await fixture.client().get("blob", to: path) { progress in
            resumed.withLock { $0 = max($0, progress.resumedBytes) }
        }
        #expect(TestFiles.read(path) == bytes && TestFiles.read(part) == nil)
        #expect(resumed.withLock { $0 } == 12_345)
    }

    // MARK: - Standard output

    /// What a call writes to a descriptor, which is a file here.
    private func written(_ fixture: Fixture, _ blob: BlobDocument) async throws -> (
        bytes: [UInt8]?, error: ClientError?
    ) {
        let descriptor = open(fixture.path("stream"), O_RDWR | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        do {
            try await fixture.client().get(blob, writingTo: descriptor)
            return (TestFiles.read(fixture.path("stream")), nil)
        } catch let error as ClientError {
            return (TestFiles.read(fixture.path("stream")), error)
        }
    }

    @Test func `a blob is written to a descriptor, across broken connections`() async throws {
        let fixture = try fixture()
        fixture.server.fail { call in
            call.path == "/v1/blobs/blob" && call.count < 4 ? .answerCut(after: 3000) : nil
        }
        let (output, error) = try await written(fixture, blob())
        #expect(output == bytes && error == nil)
    }

    @Test func `a descriptor with wrong bytes is a failure`() async throws {
        let fixture = try fixture()
        var wrong = blob()
        wrong.sha256 = Digest(of: [1]).hex
        #expect(try await written(fixture, wrong).error?.code == .corruptDownload)
    }

    @Test func `bytes are never written twice to a descriptor`() async throws {
        let fixture = try fixture()
        fixture.server.fail { call in call.count == 1 ? .answerCut(after: 3000) : nil }
        // Without a digest no range can be asked for.
        var unknown = blob()
        unknown.sha256 = nil
        let (output, error) = try await written(fixture, unknown)
        #expect(error?.code == .corruptDownload)
        #expect(output == Array(bytes[..<2800]) || output == Array(bytes[..<3000]))
    }
}
