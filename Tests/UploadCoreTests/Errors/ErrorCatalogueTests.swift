import SessionCore
import Testing
import UploadCore
import UploadMemories

@Suite struct ErrorCatalogueTests {
    /// One of each, with a secret wherever a reason takes a text that is for the log.
    private static let secret = "/var/lib/secret SELECT x FROM uploads"
    private static let reasons: [UploadError.Reason] = [
        .invalidArgument("index", "is 9, but there are 3 chunks"), .notFound(.upload), .notFound(.blob),
        .notFound(.capsule), .notFound(.memory), .notFound(.asset), .notFound(.member), .forbidden(needs: .writer),
        .gone(.aborted(at: Timestamp(milliseconds: 1))), .gone(.expired(at: Timestamp(milliseconds: 1))),
        .gone(.pending), .committed, .incomplete(missing: [1...2, 4...4], bytes: 30),
        .incomplete(missing: [], bytes: nil), .chunkConflict(index: 7), .idempotencyConflict, .alreadyExists,
        .inUse(by: .memory), .inUse(by: .pendingConcatenation),
        .offsetMismatch(expected: 5, actual: 9), .superseded,
        .limitExceeded(.activeUploads, maximum: 100, actual: 101),
        .limitExceeded(.chunkSize, maximum: 100, actual: 101), .limitExceeded(.linkFiles, maximum: 1, actual: 2),
        .notFound(.link), .linkExpired, .typeNotAccepted(accepted: "image/*"), .quotaExceeded(nil),
        .quotaExceeded(QuotaFigures(quota: 30, used: 20, requested: 11)),
        .checksumMismatch(expected: "aa", actual: "bb"), .sizeMismatch(expected: 10, actual: 11), .storeFull,
        .storeCorrupt(detail: secret), .storeLocked, .unsupportedFormat(found: 9, supported: 1),
        .unavailable(detail: secret),
    ]

    @Test func `every code has a name of its own, and advice`() {
        let codes = UploadError.Code.all
        #expect(Set(codes.map(\.rawValue)).count == codes.count)
        for code in codes {
            #expect(!code.advice.isEmpty)
            #expect(code.rawValue.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 }, "\(code.rawValue)")
            #expect(UploadError.Code(rawValue: code.rawValue) == code)
        }
        #expect(UploadError.Code(rawValue: "no_such_code") == nil)
    }

    @Test func `the names are the ones that clients match on`() {
        #expect(
            UploadError.Code.all.map(\.rawValue) == [
                "invalid_argument", "not_found", "forbidden", "gone", "committed", "incomplete", "chunk_conflict",
                "idempotency_conflict", "already_exists", "in_use", "offset_mismatch", "superseded", "too_large",
                "type_not_accepted", "link_expired", "too_many", "quota_exceeded", "checksum_mismatch", "size_mismatch",
                "store_full", "store_corrupt",
                "store_locked", "unsupported_format", "unavailable",
            ])
    }

    @Test func `there is a reason for every code`() {
        let covered = Set(Self.reasons.map { UploadError($0).code })
        #expect(covered == Set(UploadError.Code.all))
    }

    @Test(arguments: reasons) func `what a client sees is a sentence without paths, statements and details`(
        _ reason: UploadError.Reason
    ) {
        let error = UploadError(reason)
        for text in [error.message, error.advice, error.description, "\(error.fields)"] {
            #expect(!text.isEmpty)
            for leak in ["secret", "SELECT", "/var", "Optional", "nil"] { #expect(!text.contains(leak), "\(text)") }
        }
        #expect(error.message.hasSuffix("."))
        #expect(error.description.hasPrefix(error.code.rawValue))
    }

    @Test func `the log sees the details`() {
        #expect(UploadError(.unavailable(detail: Self.secret)).debugDescription.contains(Self.secret))
        #expect(UploadError(.storeCorrupt(detail: Self.secret)).debugDescription.contains(Self.secret))
    }

    @Test func `fields carry the values, by stable names`() {
        typealias Field = (String, UploadError.Value)
        let expected: [(UploadError.Reason, [Field])] = [
            (.offsetMismatch(expected: 5, actual: 9), [("offset", .number(5)), ("given", .number(9))]),
            (
                .limitExceeded(.chunkSize, maximum: 100, actual: 101),
                [("limit", .text("chunk_size")), ("maximum", .number(100)), ("actual", .number(101))]
            ),
            (.checksumMismatch(expected: "aa", actual: "bb"), [("expected", .text("aa")), ("actual", .text("bb"))]),
            (.sizeMismatch(expected: 10, actual: 11), [("expected", .number(10)), ("actual", .number(11))]),
            (
                .incomplete(missing: [1...2], bytes: 30),
                [("missing", .ranges([1...2])), ("missing_bytes", .number(30))]
            ),
            (.chunkConflict(index: 7), [("index", .number(7))]),
            (.invalidArgument("index", "is 9"), [("argument", .text("index"))]),
            (.unsupportedFormat(found: 9, supported: 1), [("found", .number(9)), ("supported", .number(1))]),
            (.storeFull, []), (.superseded, []),
        ]
        for (reason, fields) in expected {
            let found = UploadError(reason).fields
            #expect(found.map(\.name) == fields.map(\.0))
            #expect(found.map(\.value) == fields.map(\.1))
        }
    }

    @Test func `what was deleted, aborted and expired is told apart`() {
        let messages = [
            SessionStatus.pending, .aborted(at: Timestamp(milliseconds: 1)), .expired(at: Timestamp(milliseconds: 1)),
        ]
        .map { UploadError(.gone($0)).message }
        #expect(Set(messages).count == 3)
    }

    @Test func `waiting helps where things are counted, and a smaller request elsewhere`() {
        for name in Limits.Name.allCases {
            let code = UploadError(.limitExceeded(name, maximum: 1, actual: 2)).code
            let counted: [Limits.Name] = [
                .activeUploads, .activeUploadsPerCaller, .downloadTickets, .pendingBytes, .pendingDerivations,
                .writersPerCaller,
            ]
            #expect(code == (counted.contains(name) ? .tooMany : .tooLarge))
        }
        #expect(Set(Limits.Name.allCases.map(\.rawValue)).count == Limits.Name.allCases.count)
    }
}
