import HTTPTypes
import HummingbirdCore
import NIOCore
import ResumableWire
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

/// A store that does not answer for a moment, when all bytes of an upload are there.
@Suite struct ResumableFailureTests {
    private static let bytes = content(1000)

    @Test(arguments: InteropVersion.all)
    func `a failed finish after 104 ends the connection, and the client completes the upload later`(
        version: InteropVersion
    ) async throws {
        let fixture = try Fixture(version)
        fixture.blobs.refuse(times: 1)
        let creation = ResumableCreation(version: version, isComplete: true, length: nil)
        let channel = RecordingChannel()
        _ = try await fixture.send(.post, "/files", creation.fields, Self.bytes, channel)
        #expect(channel.log == ["104", "abandoned"])
        let upload = String(try #require(channel.location).pathOfURL)
        let head = try await fixture.send(.head, upload, fixture.version)
        let state = try #require(ResumableState(head.headers, version))
        #expect(state == ResumableState(offset: 1000, isComplete: false, length: 1000))
        let append = ResumableAppend(version: version, offset: 1000, end: .stated(isLast: true), length: nil)
        #expect(try await fixture.send(.patch, upload, append.fields).status.code == 201)
        #expect(try await fixture.uploads.countBlobs() == 1)
    }

    @Test func `without a version a failed upload is 503, and leaves nothing`() async throws {
        let fixture = try Fixture(.latest)
        fixture.blobs.refuse(times: 1)
        let channel = RecordingChannel()
        let response = try await fixture.send(
            .post, "/files", [ResumableField.uploadComplete: "?1"], Self.bytes, channel)
        #expect(response.status.code == 503)
        #expect(channel.log == [])
        #expect(try await fixture.uploads.maintenance.countByStatus().pending == 0)
    }

    private struct Fixture {
        let blobs = UnsteadyBlobStore()
        let uploads: UploadService<ModelCatalogue, UnsteadyBlobStore, ManualClock>
        let version: HTTPFields
        private let root: RootResponder

        init(_ version: InteropVersion) throws {
            var limits = Limits()
            // Every upload has an object, which can fail.
            limits.catalogueBytesMax = 0
            self.version = [ResumableField.interopVersion: "\(version.number)"]
            uploads = try UploadService(catalogue: ModelCatalogue(), blobs: blobs, clock: ManualClock(), limits: limits)
            root = RootResponder(
                UploadProtocols(uploads, files: nil), authenticator: LocalAuthenticator(), logger: .silent)
        }

        func send(
            _ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields, _ body: [UInt8] = [],
            _ channel: RecordingChannel = RecordingChannel()
        ) async throws -> Response {
            var fields = fields
            fields[.contentLength] = String(body.count)
            let head = HTTPRequest(method: method, scheme: "http", authority: "a", path: path, headerFields: fields)
            return await root.respond(
                to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body))), channel)
        }
    }

    /// A connection that writes down what happens beside the response.
    private final class RecordingChannel: RequestChannel {
        private let state = Mutex<(log: [String], location: String?)>(([], nil))

        var log: [String] { state.withLock { $0.log } }
        var location: String? { state.withLock { $0.location } }
        var trailers: HTTPFields? { nil }

        func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async {
            state.withLock { state in
                state.log.append("\(status.code)")
                state.location = state.location ?? fields[.location]
            }
        }

        func abandon() {
            state.withLock { $0.log.append("abandoned") }
        }

        func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool { false }
    }
}
