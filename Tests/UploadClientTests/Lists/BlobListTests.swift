import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import Synchronization
import Testing
import UploadClient
import UploadCore

/// Lists of blobs and names of capsules, against scripted answers.
@Suite struct BlobListTests {
    /// Answers requests by their path, and records them.
    private final class Script: UploadTransport {
        private let answers: [String: String]
        private let requests = Mutex<[String]>([])

        /// - Parameter answers: JSON by path; other paths are answered with 405.
        init(_ answers: [String: String]) {
            self.answers = answers
        }

        var paths: [String] { requests.withLock { $0 } }

        func send(_ request: TransportRequest) async throws -> TransportResponse {
            requests.withLock { $0.append("\(request.method.rawValue) \(request.path)") }
            guard let answer = answers[request.path] else {
                return Self.response(
                    .methodNotAllowed, type: "application/problem+json",
                    #"{"type":"urn:wharf:error:method_not_allowed","code":"method_not_allowed","title":"No.","detail":"","status":405}"#
                )
            }
            return Self.response(.ok, answer)
        }

        private static func response(
            _ status: HTTPResponse.Status, type: String = "application/json", _ json: String
        ) -> TransportResponse {
            let (body, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
            continuation.yield(ByteBuffer(string: json))
            continuation.finish()
            return TransportResponse(status: status, fields: [.contentType: type], body: body)
        }
    }

    private func client(_ script: Script) throws -> UploadClient {
        UploadClient(server: try ServerAddress("http://127.0.0.1:8080"), transport: script, retries: .never)
    }

    private func all(_ blobs: BlobSequence) async throws -> [BlobDocument] {
        var all: [BlobDocument] = []
        for try await blob in blobs { all.append(blob) }
        return all
    }

    private static let blob = #""capsule":"c","size":1,"type":"image/jpeg","created_at":"2026-11-30T00:00:00.000Z""#

    @Test func `pages are fetched one after the other, also after an empty one`() async throws {
        let script = Script([
            "/v1/blobs?capsule=c&name=a%20b&prefix=x%2F":
                #"{"blobs":[{"blob":"1","name":"n","modified_at":"2001-02-03T04:05:06.000Z",\#(Self.blob)}],"next":"p"}"#,
            "/v1/blobs?capsule=c&name=a%20b&prefix=x%2F&cursor=p": #"{"blobs":[],"next":"q"}"#,
            "/v1/blobs?capsule=c&name=a%20b&prefix=x%2F&cursor=q":
                #"{"blobs":[{"blob":"2","name":"n",\#(Self.blob)}]}"#,
        ])
        let found = try await all(try client(script).blobs(BlobQuery(capsule: "c", text: "a b", prefix: "x/")))
        #expect(found.map(\.blob) == ["1", "2"])
        #expect(found.map { $0.modifiedAt?.timestamp.rfc3339 } == ["2001-02-03T04:05:06.000Z", nil])
        #expect(script.paths.count == 3)
    }

    @Test func `a blob is deleted by its id`() async throws {
        let script = Script(["/v1/blobs/b": ""])
        try await client(script).deleteBlob("b")
        #expect(script.paths == ["DELETE /v1/blobs/b"])
    }

    @Test func `a capsule is found by its title, unless that is ambiguous`() async throws {
        func capsule(_ id: String, _ title: String) -> String {
            #"{"id":"\#(id)","owner":"o","title":"\#(title)","readers":[],"writers":[],"created_at":"2026-11-30T00:00:00.000Z"}"#
        }
        let script = Script([
            "/v1/capsules": #"{"capsules":[\#(capsule("1", "Summer")),\#(capsule("2", "Winter"))],"next":"p"}"#,
            "/v1/capsules?cursor=p": #"{"capsules":[\#(capsule("3", "Winter"))]}"#,
        ])
        let client = try client(script)
        #expect(try await client.capsuleId(named: "Summer") == "1")
        let ambiguous = try await refusal { try await client.capsuleId(named: "Winter") }
        #expect(ambiguous.code == .ambiguous)
        #expect(ambiguous.message == "2 capsules have the name “Winter”: 2, 3.")
        #expect(try await refusal { try await client.capsuleId(named: "summer") }.code == .notFound)
        // Neither needs the list.
        let calls = script.paths.count
        let id = String(repeating: "0f", count: 16)
        #expect(try await client.capsuleId(named: id) == id)
        #expect(try await client.capsuleId(named: "default") == nil)
        #expect(try await client.capsuleId(named: nil) == nil)
        #expect(script.paths.count == calls)
    }
}
