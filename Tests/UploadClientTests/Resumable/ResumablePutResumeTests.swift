import HTTPTypes
import HTTPWire
import NativeWire
import ResumableWire
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// What another process does with an upload by “Resumable Uploads for HTTP”, and what is never done.
@Suite struct ResumablePutResumeTests {
    private let bytes = content(20_500)

    /// Ends a first process after 7,000 bytes.
    private func interrupted(_ fixture: ResumableFixture) async throws {
        fixture.server.fail { call, _ in
            if call.method == .head { throw CancellationError() }
            return call.method == .post ? .cut(after: 7000) : nil
        }
        await #expect(throws: CancellationError.self) { try await fixture.put(bytes) }
        fixture.server.fail { _, _ in nil }
        #expect(fixture.states == 1)
    }

    @Test func `another process goes on where the server is`() async throws {
        let fixture = try ResumableFixture()
        try await interrupted(fixture)
        let resumed = Mutex<UInt64>(0)
        _ = try await fixture.put(bytes, onProgress: { progress in resumed.withLock { $0 = progress.resumedBytes } })
        #expect(fixture.server.uploads.map(\.bytes) == [bytes] && fixture.states == 0)
        #expect(fixture.server.count(.post) == 1 && resumed.withLock { $0 } == 7000)
    }

    @Test func `a changed file starts over, and its earlier upload is cancelled`() async throws {
        let fixture = try ResumableFixture()
        try await interrupted(fixture)
        let other = content(20_500, seed: 2)
        _ = try await fixture.put(other)
        #expect(fixture.server.count(.delete) == 1 && fixture.server.uploads.map(\.bytes) == [other])
    }

    @Test func `the native protocol does not go on with such an upload`() async throws {
        let fixture = try ResumableFixture()
        try await interrupted(fixture)
        let error = try await refusal { try await fixture.put(bytes, options: PutOptions()) }
        #expect(error.code == .badAnswer || error.problem != nil)
        #expect(fixture.states == 2)
    }

    @Test(arguments: ["http://elsewhere.example", "//elsewhere.example", "ftp://127.0.0.1:8080"])
    func `nothing is sent to another host`(host: String) async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.host = host }
        fixture.server.manners.withLock { $0.limit.maxAppendSize = 6000 }
        let error = try await refusal { try await fixture.put(bytes) }
        #expect(error.code == .badAnswer)
        #expect(fixture.server.calls.allSatisfy { $0.method == .options || $0.path.hasPrefix("/v1/blobs") })
    }

    @Test func `on another server the address of the upload stands for a blob`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.isWharf = false }
        fixture.server.manners.withLock { $0.host = "" }
        fixture.server.fail { call, number in call.method == .post && number == 1 ? .cut(after: 7000) : nil }
        var options = PutOptions(type: "video/mp4")
        options.uploadProtocol = .ietf(path: "/files")
        let finished = try await fixture.put(bytes, named: "für.mp4", options: options)
        #expect(finished.upload == "/files/upload-1" && finished.blob == "/stored/upload-1")
        #expect(finished.sha256 == Digest(of: bytes).hex)
        let creation = try #require(fixture.server.calls.first { $0.method == .post })
        #expect(creation.path == "/files" && creation.fields[.contentType] == "video/mp4")
        #expect(creation.fields[.contentDisposition]?.contains("filename*=UTF-8''f%C3%BCr.mp4") == true)
    }

    @Test func `a source without a size is refused before anything is sent`() async throws {
        let fixture = try ResumableFixture()
        var options = PutOptions()
        options.uploadProtocol = .ietf()
        let error = try await refusal { [options] in
            try await fixture.client().put(.stream(descriptor: 0, name: "stdin"), options: options)
        }
        #expect(error.code == .invalidArgument && fixture.server.calls == [])
    }

    @Test(
        arguments: [
            ("/files/u1", "/files/u1"), ("u1", "/v1/u1"), ("http://h:80/p/files/u1?x=1#f", "/files/u1?x=1"),
            ("https://h/p/files/u1", "/files/u1"), ("http://other/p/files/u1", nil), ("//other/p/x", nil),
            ("http://h/elsewhere/u1", nil), ("", nil), ("/p/a b", nil), ("http://h", nil),
        ] as [(String, String?)])
    func `addresses of uploads`(reference: String, path: String?) throws {
        let server = try ServerAddress("http://h/p")
        let relative = reference.hasPrefix("/f") ? "/p" + reference : reference
        #expect(server.path(of: relative, at: "/v1/blobs?name=a/b") == path)
    }
}
