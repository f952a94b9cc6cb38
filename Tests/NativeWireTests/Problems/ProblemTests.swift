import HTTPTypes
import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadMemories

@Suite struct ProblemTests {
    private static let reasons: [(UploadError.Reason, Int)] = [
        (.invalidArgument("index", "is 9"), 400), (.notFound(.upload), 404), (.forbidden(needs: .writer), 403),
        (.gone(.aborted(at: Timestamp(milliseconds: 1))), 410), (.committed, 409),
        (.incomplete(missing: [1...2, 4...4], bytes: 30), 409), (.chunkConflict(index: 7), 409),
        (.idempotencyConflict, 409), (.alreadyExists, 409), (.inUse(by: .memory), 409),
        (.inUse(by: .pendingConcatenation), 409), (.offsetMismatch(expected: 5, actual: 9), 409), (.superseded, 409),
        (.limitExceeded(.activeUploads, maximum: 100, actual: 101), 429),
        (.limitExceeded(.chunkSize, maximum: 100, actual: 101), 413),
        (.linkExpired, 403), (.typeNotAccepted(accepted: "image/*"), 415),
        (.limitExceeded(.linkFiles, maximum: 3, actual: 4), 413),
        (.quotaExceeded(nil), 507), (.quotaExceeded(QuotaFigures(quota: 30, used: 20, requested: 11)), 507),
        (.limitExceeded(.quotaBytes, maximum: 30, actual: 31), 413), (.cancelled, 503),
        (.checksumMismatch(expected: "aa", actual: "bb"), 422), (.sizeMismatch(expected: 10, actual: 11), 422),
        (.storeFull, 507), (.storeCorrupt(detail: "/var/secret"), 500), (.storeLocked, 503),
        (.unsupportedFormat(found: 9, supported: 1), 500), (.unavailable(detail: "/var/secret"), 503),
    ]

    @Test func `all codes of the engine are tested`() {
        let codes = Set(Self.reasons.map { UploadError($0.0).code })
        #expect(codes == Set(UploadError.Code.all))
    }

    @Test(arguments: reasons) func `an error keeps its code, its texts and all values`(
        _ reason: UploadError.Reason, _ status: Int
    ) throws {
        let error = UploadError(reason)
        let problem = Problem(error)
        #expect(problem.status.code == status && problem.document.status == status)
        #expect(problem.document.type == "urn:wharf:error:\(error.code.rawValue)")
        #expect(problem.document.title == error.message && problem.document.detail == error.advice)
        let text = String(decoding: problem.encoded(), as: UTF8.self)
        for field in error.fields { #expect(text.contains("\"\(field.name)\":"), "\(text)") }
        #expect(!text.contains("secret"))
        #expect((problem.fields[.retryAfter] != nil) == [429, 503].contains(status))
    }

    @Test func `values have fixed names and shapes`() throws {
        let incomplete = Problem(UploadError(.incomplete(missing: [1...2, 4...4], bytes: 30))).document
        #expect(incomplete.missing == [[1, 2], [4, 4]] && incomplete.missingBytes == 30)
        #expect(Problem(UploadError(.offsetMismatch(expected: 5, actual: 9))).document.offset == 5)
        let checksum = Problem(UploadError(.checksumMismatch(expected: "aa", actual: "bb"))).document
        #expect(checksum.expected == .text("aa") && checksum.actual == .text("bb"))
        let size = Problem(UploadError(.sizeMismatch(expected: 10, actual: 11))).document
        #expect(size.expected == .number(10) && size.actual == .number(11))
    }

    @Test func `failures of HTTP have the fields of their status`() {
        #expect(Problem(.unauthenticated).fields[.wwwAuthenticate] == "Bearer realm=\"wharf\"")
        #expect(Problem(.methodNotAllowed(allow: [.get, .head])).fields[.allow] == "GET, HEAD")
        #expect(Problem(.rangeNotSatisfiable(size: 7)).fields[.contentRange] == "bytes */7")
        #expect(Problem(.internalError(incident: "abc")).document.incident == "abc")
        #expect(Problem(.contentTooLarge(maximum: 5)).document.maximum == 5)
    }

    @Test(arguments: [
        (RequestFailure.unauthenticated, 401), (.operatorsOnly, 403), (.notFound, 404),
        (.methodNotAllowed(allow: []), 405), (.malformedRequest, 400), (.requestTimeout, 408),
        (.preconditionFailed, 412), (.rangeNotSatisfiable(size: 1), 416),
        (.contentTooLarge(maximum: 1), 413), (.headerTooLarge, 431),
        (.internalError(incident: "1"), 500),
    ]) func `a client reads back what a server sent`(_ failure: RequestFailure, _ status: Int) {
        let problem = Problem(failure)
        #expect(problem.status.code == status && problem.document.status == status)
        var fields = problem.fields
        fields[.contentType] = "application/problem+json; charset=utf-8"
        let received = Problem(status: problem.status, fields: fields, body: problem.encoded())
        #expect(received.document == problem.document)
    }

    @Test(arguments: [
        ("text/html", "<html>"), ("application/problem+json", "{\"title\":\"x\"}"), ("application/problem+json", "<"),
        ("application/json", "{}"),
    ]) func `a response without a problem of Wharf becomes one`(_ type: String, _ body: String) {
        let problem = Problem(
            status: .badGateway, fields: [.contentType: type, .retryAfter: "3"], body: Array(body.utf8))
        #expect(problem.code == "unexpected_answer")
        // The response to a HEAD.
        #expect(Problem(status: .unauthorized, fields: [:], body: []).code == "unauthenticated")
        #expect(Problem(status: .forbidden, fields: [:], body: []).code == "unexpected_answer")
        #expect(problem.document.status == 502)
        #expect(problem.fields[.retryAfter] == "3")
    }
}
