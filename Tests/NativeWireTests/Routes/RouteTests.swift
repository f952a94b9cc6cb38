import HTTPTypes
import NativeWire
import SessionCore
import Testing
import UploadCore

@Suite struct RouteTests {
    @Test func `no two routes are the same`() {
        let keys = NativeRoute.all.map { "\($0.method) \($0.template)" }
        #expect(Set(keys).count == keys.count)
        #expect(NativeRoute.all.count == NativeOperation.allCases.count)
    }

    @Test func `parameters are the names in braces`() {
        #expect(NativeOperation.putChunk.route.parameters == ["upload", "index"])
        #expect(NativeOperation.getHealth.route.parameters == [])
    }

    @Test func `only sessions and metrics are for operators`() {
        let operators = NativeRoute.all.filter(\.isOperatorOnly).map(\.operation)
        #expect(Set(operators) == [.listSessions, .getSessionStats, .cleanUpExpired, .listUsage, .getMetrics])
    }

    @Test func `paths match their routes for any arguments`() {
        #expect(NativePath.capsules == "/v1/capsules")
        #expect(NativePath.capsules(cursor: "c", limit: 5) == "/v1/capsules?cursor=c&limit=5")
        #expect(NativePath.capsule("a") == "/v1/capsules/a")
        #expect(NativePath.member("a/b c", of: "x") == "/v1/capsules/x/members/a%2Fb%20c")
        #expect(NativePath.member("..", of: "é") == "/v1/capsules/%C3%A9/members/%2E%2E")
        #expect(NativePath.uploads == "/v1/uploads")
        #expect(NativePath.uploads(capsule: "c", state: .pending) == "/v1/uploads?capsule=c&state=pending")
        #expect(NativePath.uploads(capsule: "c", ofAll: true) == "/v1/uploads?capsule=c&of=all")
        #expect(NativePath.upload("u?#") == "/v1/uploads/u%3F%23")
        #expect(NativePath.chunk(7, ofUpload: "u") == "/v1/uploads/u/chunks/7")
        #expect(NativePath.finish("u") == "/v1/uploads/u/finish")
        #expect(NativePath.blobs(name: "a&b=+.txt", type: "a/b") == "/v1/blobs?name=a%26b%3D%2B.txt&type=a%2Fb")
        #expect(NativePath.blob("b") == "/v1/blobs/b")
        #expect(NativePath.blobMeta("b") == "/v1/blobs/b/meta")
        #expect(NativePath.chunk(7, ofBlob: "b") == "/v1/blobs/b/chunks/7")
        #expect(NativePath.sessions(limit: 1) == "/v1/sessions?limit=1")
        #expect(NativePath.sessionStats == "/v1/sessions/stats")
        #expect(NativePath.usage(cursor: "a&b", limit: 2) == "/v1/usage?cursor=a%26b&limit=2")
        #expect(NativePath.cleanUpExpired == "/v1/sessions/cleanup-expired")
        #expect(NativePath.uploadConfig == "/v1/upload-config")
    }

    @Test func `a page is selected by state, cursor and limit`() throws {
        let id = SessionId(high: 1, low: 2)
        let values = ["state": "expired", "cursor": id.text, "limit": "7"]
        let query = try PageQuery { values[$0] }
        #expect(query.state == .expired && query.cursor == id && query.limit == 7)
        let none = try PageQuery { _ in nil }
        #expect(none.state == nil && none.cursor == nil && none.limit == PageQuery.limitDefault)
        #expect(try PageQuery { $0 == "limit" ? "18446744073709551615" : nil }.limit == .max)
    }

    @Test(arguments: [
        ("state", "finished"), ("state", ""), ("cursor", "1"), ("cursor", ""), ("limit", "0"), ("limit", "-1"),
        ("limit", "x"), ("limit", "18446744073709551616"),
    ]) func `an invalid page query is refused`(_ name: String, _ value: String) {
        expectInvalid(name) { _ = try PageQuery { $0 == name ? value : nil } }
    }
}
