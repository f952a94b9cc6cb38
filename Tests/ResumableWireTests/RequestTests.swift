import HTTPTypes
import HTTPWire
import ResumableWire
import Testing

@Suite struct ResumableRequestTests {
    @Test(arguments: InteropVersion.all, [true, false])
    func `a creation is read as it was written`(version: InteropVersion, isComplete: Bool) {
        let creation = ResumableCreation(version: version, isComplete: isComplete, length: 5)
        #expect(ResumableCreation(creation.fields) == creation)
    }

    @Test func `version 3 states the opposite`() {
        let fields = ResumableCreation(version: .of(3), isComplete: true, length: nil).fields
        #expect(fields[ResumableField.uploadIncomplete] == "?0")
        #expect(fields[ResumableField.uploadComplete] == nil)
    }

    @Test(arguments: ["1", "true", "?2", "?1, ?1", "", "\"?1\"", "?", "yes", "?1 ?1", ":Pz8=:"])
    func `R5: a malformed completeness field makes no creation`(text: String) {
        for version in InteropVersion.all {
            let fields: HTTPFields = [
                ResumableField.interopVersion: "\(version.number)", version.completenessField: text,
            ]
            #expect(ResumableCreation(fields) == nil)
        }
    }

    @Test func `two lines of a completeness field are no value`() {
        var fields: HTTPFields = [ResumableField.interopVersion: "8"]
        fields.append(HTTPField(name: ResumableField.uploadComplete, value: "?1"))
        fields.append(HTTPField(name: ResumableField.uploadComplete, value: "?1"))
        #expect(ResumableCreation(fields) == nil)
    }

    @Test func `V4: without a version either completeness field makes a creation`() throws {
        let complete = try #require(ResumableCreation([ResumableField.uploadComplete: "?0"]))
        #expect(complete == ResumableCreation(version: nil, isComplete: false, length: nil))
        let incomplete = try #require(
            ResumableCreation([ResumableField.uploadIncomplete: "?0", ResumableField.interopVersion: "999"]))
        #expect(incomplete == ResumableCreation(version: nil, isComplete: true, length: nil))
    }

    @Test(arguments: [
        "-1", "5.0", "\"5\"", "(5)", "+5", "1000000000000000", "5, 5", "", "0x5", "5;", "18446744073709551616",
    ])
    func `R8: a malformed length is ignored`(text: String) throws {
        let creation = try #require(
            ResumableCreation([
                ResumableField.interopVersion: "9", ResumableField.uploadComplete: "?0",
                ResumableField.uploadLength: text,
            ]))
        #expect(creation.length == nil)
    }

    @Test(arguments: InteropVersion.all, [true, false])
    func `an append is read as it was written`(version: InteropVersion, isLast: Bool) throws {
        let append = ResumableAppend(version: version, offset: 7, end: .stated(isLast: isLast), length: 9)
        #expect(try ResumableAppend(append.fields) == append)
    }

    @Test(arguments: ["", "-5", "5.0", "\"5\"", "(5)", "+5", "1000000000000000", "5, 5", "?1", "five"])
    func `R4: an append with a malformed offset is refused`(text: String) {
        for version in InteropVersion.all {
            var fields = ResumableAppend(version: version, offset: 5, end: .stated(isLast: true), length: nil).fields
            fields[ResumableField.uploadOffset] = text
            let error = #expect(throws: RequestFailure.self) { try ResumableAppend(fields) }
            #expect(error?.status == .badRequest)
        }
    }

    @Test(arguments: InteropVersion.all)
    func `an append without the completeness field`(version: InteropVersion) throws {
        var fields = ResumableAppend(version: version, offset: 5, end: .stated(isLast: true), length: nil).fields
        fields[version.completenessField] = nil
        switch version.unmarkedAppend {
        case .completes: #expect(try ResumableAppend(fields).end == .stated(isLast: true))
        case .completesAtLength: #expect(try ResumableAppend(fields).end == .atLength)
        case .refused: #expect(throws: RequestFailure.self) { try ResumableAppend(fields) }
        }
        fields[version.completenessField] = "true"
        #expect(throws: RequestFailure.self) { try ResumableAppend(fields) }
    }

    @Test(arguments: InteropVersion.all)
    func `A17: the type of an append`(version: InteropVersion) throws {
        var fields = ResumableAppend(version: version, offset: 5, end: .stated(isLast: true), length: nil).fields
        fields[.contentType] = "Application/Partial-Upload ; x=y"
        #expect(try ResumableAppend(fields).offset == 5)
        fields[.contentType] = "text/plain"
        if version.requiresPartialUploadType {
            let error = #expect(throws: RequestFailure.self) { try ResumableAppend(fields) }
            #expect(error?.status == .unsupportedMediaType)
            #expect(error?.fields[ResumableField.acceptPatch] == "application/partial-upload")
        } else {
            #expect(try ResumableAppend(fields).offset == 5)
        }
    }

    @Test(arguments: InteropVersion.all, [ResumableOperation.head, .cancel])
    func `O1: old versions refuse a state in a status request and a cancellation`(
        version: InteropVersion, operation: ResumableOperation
    ) throws {
        for name in [ResumableField.uploadOffset, ResumableField.uploadLength, version.completenessField] {
            let fields: HTTPFields = [ResumableField.interopVersion: "\(version.number)", name: "?1"]
            if version.number <= 6 {
                #expect(throws: RequestFailure.self) { try operation.requireNoState(fields) }
            } else {
                try operation.requireNoState(fields)
            }
        }
    }

    @Test func `a request to an upload is of this protocol by its version, or as an append by its fields`() {
        func isMeant(_ method: HTTPRequest.Method, _ fields: HTTPFields) -> Bool {
            ResumableOperation.isMeant(
                by: HTTPRequest(method: method, scheme: "http", authority: "a", path: "/", headerFields: fields))
        }
        #expect(isMeant(.get, [ResumableField.interopVersion: "999"]))
        #expect(isMeant(.patch, [.contentType: "application/partial-upload"]))
        #expect(isMeant(.patch, [ResumableField.uploadComplete: "?0"]))
        #expect(!isMeant(.patch, [.contentType: "application/offset+octet-stream"]))
        #expect(!isMeant(.head, [:]))
    }
}
