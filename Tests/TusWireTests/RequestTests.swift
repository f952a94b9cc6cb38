import HTTPTypes
import HTTPWire
import SessionCore
import Testing
import TusWire
import UploadCore
import UploadMemories

@Suite struct RequestTests {
    private func creation(_ fields: HTTPFields, hasBody: Bool = false) -> Result<TusCreation, RequestFailure> {
        Result { () throws(RequestFailure) in try TusCreation(fields, hasBody: hasBody) }
    }

    private func status(_ fields: HTTPFields, hasBody: Bool = false) -> Int? {
        guard case .failure(let refusal) = creation(fields, hasBody: hasBody) else { return nil }
        return refusal.status.code
    }

    @Test func `a creation has either a length or its deferral`() throws {
        #expect(try creation([TusField.uploadLength: "100"]).get().length == 100)
        #expect(try creation([TusField.uploadLength: "0"]).get().length == 0)
        #expect(try creation([TusField.uploadDeferLength: "1"]).get().length == nil)
        #expect(status([:]) == 400)
        #expect(status([TusField.uploadLength: "1", TusField.uploadDeferLength: "1"]) == 400)
        for value in ["0", "2", "", "true"] { #expect(status([TusField.uploadDeferLength: value]) == 400) }
        for value in ["-1", "1.5", "a", "+1", " "] { #expect(status([TusField.uploadLength: value]) == 400) }
    }

    @Test func `a length beyond 64 bits becomes the maximum, and is thus too large`() throws {
        #expect(try creation([TusField.uploadLength: "18446744073709551616"]).get().length == .max)
    }

    @Test func `a final upload has no length and no bytes`() throws {
        let final = "final;/files/00000000000070008000000000000001"
        #expect(try creation([TusField.uploadConcat: final]).get().length == nil)
        #expect(status([TusField.uploadConcat: final, TusField.uploadLength: "1"]) == 400)
        #expect(status([TusField.uploadConcat: final, TusField.uploadDeferLength: "1"]) == 400)
        #expect(status([TusField.uploadConcat: final, .contentType: Tus.contentType], hasBody: true) == 400)
    }

    @Test func `a body has the content type of tus`() throws {
        let fields: HTTPFields = [TusField.uploadLength: "1"]
        #expect(status(fields, hasBody: true) == 415)
        #expect(status(fields.with(.contentType, "Application/Offset+Octet-Stream; x=y"), hasBody: true) == nil)
        #expect(status(fields.with(.contentType, "text/plain"), hasBody: false) == nil, "there are no bytes to mistake")
    }

    @Test func `the override replaces any method`() {
        func operation(_ method: HTTPRequest.Method, _ override: String?) -> TusOperation? {
            var fields: HTTPFields = [:]
            fields[TusField.methodOverride] = override
            let request = HTTPRequest(
                method: method, scheme: "http", authority: "a", path: "/files/a", headerFields: fields)
            return TusOperation(request, of: TusOperation.ofUploadURL)
        }
        #expect(operation(.post, "PATCH") == .patch)
        #expect(operation(.patch, "DELETE") == .terminate)
        #expect(operation(.patch, nil) == .patch)
        #expect(operation(.patch, "PUT") == nil)
        #expect(operation(.post, nil) == nil)
    }

    private static let errors: [UploadError] = [
        .init(.invalidArgument("index", "is 9")), .init(.notFound(.upload)), .init(.forbidden(needs: .writer)),
        .init(.gone(.aborted(at: Timestamp(milliseconds: 1)))), .init(.committed),
        .init(.incomplete(missing: [1...2], bytes: 30)), .init(.chunkConflict(index: 7)), .init(.idempotencyConflict),
        .init(.alreadyExists), .init(.inUse(by: .memory)), .init(.offsetMismatch(expected: 5, actual: 9)),
        .init(.superseded),
        .init(.limitExceeded(.activeUploads, maximum: 100, actual: 101)),
        .init(.limitExceeded(.chunkSize, maximum: 100, actual: 101)),
        .init(.checksumMismatch(expected: "aa", actual: "bb")), .init(.sizeMismatch(expected: 10, actual: 11)),
        .init(.linkExpired), .init(.typeNotAccepted(accepted: "image/*")),
        .init(.quotaExceeded(nil)), .init(.storeFull), .init(.storeCorrupt(detail: "")), .init(.storeLocked),
        .init(.unsupportedFormat(found: 9, supported: 1)), .init(.unavailable(detail: "")),
    ]

    private func failure(_ operation: TusOperation, _ code: UploadError.Code) throws -> RequestFailure {
        let error = try #require(Self.errors.first { $0.code == code })
        var failure = RequestFailure(error)
        operation.adjust(&failure, for: error)
        return failure
    }

    @Test func `HEAD reports a temporary failure as 423, so that clients keep their URL`() throws {
        for code in [UploadError.Code.unavailable, .storeFull, .superseded, .tooMany, .storeLocked] {
            #expect(try failure(.head, code).status.code == 423)
            #expect(try failure(.head, code).retryAfterSeconds != nil)
            #expect(try failure(.patch, code).status.code != 423)
        }
        #expect(try failure(.patch, .tooMany).status.code == 503)
        #expect(try failure(.create, .tooMany).status.code == 429)
        #expect(try failure(.head, .gone).status.code == 410)
        #expect(try failure(.patch, .checksumMismatch).status.code == 460)
        #expect(try failure(.patch, .superseded).retryAfterSeconds == nil)
        #expect(try failure(.patch, .offsetMismatch).fields[TusField.uploadOffset] == "5")
    }

    @Test(arguments: UploadError.Code.all)
    func `every code has a status, and failures of the server are 5xx or 423`(_ code: UploadError.Code) throws {
        let ours: Set<UploadError.Code> = [
            .unavailable, .storeFull, .storeLocked, .storeCorrupt, .unsupportedFormat,
        ]
        for operation in TusOperation.allCases {
            let status = try failure(operation, code).status.code
            #expect((400..<600).contains(status))
            if ours.contains(code) { #expect(status >= 500 || status == 423) }
        }
    }
}

extension HTTPFields {
    fileprivate func with(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }
}
