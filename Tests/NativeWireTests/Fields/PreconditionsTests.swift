import HTTPTypes
import HTTPWire
import SessionCore
import Testing

@Suite struct PreconditionsTests {
    private let now = Timestamp(milliseconds: 1_795_383_322_123)
    /// Sun, 06 Nov 1994 08:49:37 GMT and 900 milliseconds.
    private let modified = Timestamp(milliseconds: 784_111_777_900)
    private let same = "Sun, 06 Nov 1994 08:49:37 GMT"
    private let before = "Sun, 06 Nov 1994 08:49:36 GMT"
    private let after = "Sun, 06 Nov 1994 08:49:38 GMT"

    private func evaluate(
        _ fields: HTTPFields, _ method: HTTPRequest.Method = .get, tag: EntityTag = EntityTag(opaque: "a")
    ) -> Preconditions {
        Preconditions(fields, method: method, tag: tag, lastModified: modified, now: now)
    }

    @Test func `a request without conditions proceeds, and ranges count for GET alone`() {
        #expect(evaluate([:]) == .proceed(rangeCounts: true))
        #expect(evaluate([:], .head) == .proceed(rangeCounts: false))
        #expect(evaluate([:], .delete) == .proceed(rangeCounts: false))
    }

    @Test(arguments: ["*", "\"a\"", "\"b\", \"a\"", " ,\"a\",, "]) func `If-Match holds for a tag that is listed`(
        _ field: String
    ) {
        #expect(evaluate([.ifMatch: field]) == .proceed(rangeCounts: true))
        #expect(evaluate([.ifMatch: field], .delete) == .proceed(rangeCounts: false))
    }

    @Test(arguments: ["\"b\"", "W/\"a\"", "a", "", "\"a\" \"b\"", "*, \"a\""])
    func `If-Match does not hold for another tag, a weak one, or none at all`(_ field: String) {
        #expect(evaluate([.ifMatch: field]) == .preconditionFailed)
        #expect(evaluate([.ifMatch: field], .delete) == .preconditionFailed)
    }

    @Test(arguments: ["*", "\"a\"", "W/\"a\"", "\"b\" , W/\"a\""]) func `If-None-Match finds a tag, weak or not`(
        _ field: String
    ) {
        #expect(evaluate([.ifNoneMatch: field]) == .notModified)
        #expect(evaluate([.ifNoneMatch: field], .head) == .notModified)
        #expect(evaluate([.ifNoneMatch: field], .delete) == .preconditionFailed)
    }

    @Test(arguments: ["\"b\"", "\"A\"", "\"a", "a", ""]) func `If-None-Match ignores other tags and malformed ones`(
        _ field: String
    ) {
        #expect(evaluate([.ifNoneMatch: field]) == .proceed(rangeCounts: true))
    }

    @Test func `If-Unmodified-Since compares in whole seconds`() {
        #expect(evaluate([.ifUnmodifiedSince: same]) == .proceed(rangeCounts: true))
        #expect(evaluate([.ifUnmodifiedSince: after]) == .proceed(rangeCounts: true))
        #expect(evaluate([.ifUnmodifiedSince: before]) == .preconditionFailed)
        #expect(evaluate([.ifUnmodifiedSince: "yesterday"]) == .proceed(rangeCounts: true))
    }

    @Test func `If-Modified-Since compares in whole seconds, for methods that read`() {
        #expect(evaluate([.ifModifiedSince: same]) == .notModified)
        #expect(evaluate([.ifModifiedSince: after], .head) == .notModified)
        #expect(evaluate([.ifModifiedSince: before]) == .proceed(rangeCounts: true))
        #expect(evaluate([.ifModifiedSince: same], .delete) == .proceed(rangeCounts: false))
        #expect(evaluate([.ifModifiedSince: "yesterday"]) == .proceed(rangeCounts: true))
    }

    @Test func `tags win over dates, and If-Match over If-None-Match`() {
        #expect(evaluate([.ifMatch: "\"a\"", .ifUnmodifiedSince: before]) == .proceed(rangeCounts: true))
        #expect(evaluate([.ifNoneMatch: "\"b\"", .ifModifiedSince: same]) == .proceed(rangeCounts: true))
        #expect(evaluate([.ifMatch: "\"b\"", .ifNoneMatch: "\"a\""]) == .preconditionFailed)
        #expect(evaluate([.ifMatch: "\"a\"", .ifNoneMatch: "\"a\""]) == .notModified)
        #expect(evaluate([.ifUnmodifiedSince: same, .ifModifiedSince: same]) == .notModified)
    }

    @Test func `If-Range lets ranges count for a strong tag or the very date`() {
        #expect(evaluate([.ifRange: "\"a\""]) == .proceed(rangeCounts: true))
        #expect(evaluate([.ifRange: same]) == .proceed(rangeCounts: true))
        for field in ["W/\"a\"", "\"b\"", before, after, "*", ""] {
            #expect(evaluate([.ifRange: field]) == .proceed(rangeCounts: false), "\(field)")
        }
        let weak = EntityTag(opaque: "a", isWeak: true)
        #expect(evaluate([.ifRange: "W/\"a\""], tag: weak) == .proceed(rangeCounts: false))
    }
}
