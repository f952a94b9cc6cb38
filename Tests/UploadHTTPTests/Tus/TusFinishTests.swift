import HTTPTypes
import HummingbirdCore
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Having all bytes and being finished are two things: clients take an offset that equals the length for success.
@Suite struct TusFinishTests {
    @Test func `a failed finish is not reported as success, and HEAD retries it`() async throws {
        let fixture = try TusFixture()
        let upload = try await fixture.create(length: 5)
        fixture.blobs.refuse(times: 3)
        let patched = try await fixture.patch(upload, at: 0, pattern(5))
        #expect(patched.status.code == 503, "clients try again after that")
        #expect(patched.headers[.retryAfter] != nil)
        #expect(patched.offset == nil)
        for _ in 1...2 {
            let head = try await fixture.request(.head, upload)
            #expect(head.status.code == 423, "clients keep their URL after that, and ask again")
            #expect(head.headers[.retryAfter] != nil)
            #expect(head.offset == nil)
        }
        #expect(try await fixture.uploads.countBlobs() == 0)
        let head = try await fixture.request(.head, upload)
        #expect(head.status.code == 200)
        #expect(head.offset == "5")
        #expect(try await fixture.uploads.countBlobs() == 1)
    }

    @Test func `a repeated last PATCH retries the finish`() async throws {
        let fixture = try TusFixture()
        let upload = try await fixture.create(length: 5)
        fixture.blobs.refuse(times: 2)
        for (offset, body, status) in [(0, pattern(5), 503), (5, [], 503), (5, [], 204), (5, [], 204)] {
            #expect(try await fixture.patch(upload, at: offset, body).status.code == status)
        }
        #expect(try await fixture.uploads.countBlobs() == 1)
    }

    @Test func `a download retries the finish, too`() async throws {
        let fixture = try TusFixture()
        let upload = try await fixture.create(length: 5)
        fixture.blobs.refuse(times: 2)
        _ = try await fixture.patch(upload, at: 0, pattern(5))
        #expect(try await fixture.request(.get, upload).status.code == 503)
        #expect(try await fixture.request(.get, upload).status.code == 200)
    }

    @Test func `a creation whose finish fails leaves nothing, since no client knows its URL`() async throws {
        let fixture = try TusFixture()
        fixture.blobs.refuse(times: 1)
        let fields: HTTPFields = [
            .contentType: TusClient.patchType, try #require(HTTPField.Name("Upload-Length")): "5",
        ]
        #expect(try await fixture.request(.post, "/files", fields, body: pattern(5)).status.code == 503)
        #expect(try await fixture.uploads.maintenance.countByStatus().pending == 0)
        let again = try await fixture.request(.post, "/files", fields, body: pattern(5))
        #expect(again.status.code == 201)
        #expect(again.offset == "5")
        #expect(try await fixture.uploads.countBlobs() == 1)
    }

    @Test func `being busy is 429 or 503 with Retry-After, before anything has changed`() async throws {
        let fixture = try TusFixture { limits in
            limits.activeUploadsMax = 1
            limits.writersPerCallerMax = 0
        }
        let upload = try await fixture.create(length: 5)
        let fields: HTTPFields = [try #require(HTTPField.Name("Upload-Length")): "5"]
        let created = try await fixture.request(.post, "/files", fields)
        #expect(created.status.code == 429)
        #expect(created.headers[.retryAfter] != nil)
        let patched = try await fixture.patch(upload, at: 0, pattern(5))
        #expect(patched.status.code == 503)
        #expect(patched.headers[.retryAfter] != nil)
        #expect(try await fixture.request(.head, upload).offset == "0")
    }

    @Test func `Upload-Expires moves with every use`() async throws {
        let fixture = try TusFixture()
        let name = try #require(HTTPField.Name("Upload-Expires"))
        let upload = try await fixture.create(length: 5)
        let first = try await fixture.patch(upload, at: 0, pattern(2)).headers[name]
        fixture.clock.advance(milliseconds: 60_000)
        let second = try await fixture.patch(upload, at: 2, pattern(2)).headers[name]
        #expect(first == "Tue, 21 Nov 2023 22:13:20 GMT")
        #expect(second == "Tue, 21 Nov 2023 22:14:20 GMT")
    }
}
