import HTTPTypes
import HTTPWire
import ResumableWire
import Testing
import UploadModel

@Suite struct ResumableAnswerTests {
    @Test(arguments: InteropVersion.all, [true, false])
    func `a state is read as it was written`(version: InteropVersion, isComplete: Bool) {
        let state = ResumableState(offset: 3, isComplete: isComplete, length: 4)
        let fields = state.statusFields(for: version)
        #expect(ResumableState(fields, version) == state)
        #expect(fields[.cacheControl] == "no-store")
    }

    @Test func `since draft 13 a state need not say that it is incomplete`() {
        let state = ResumableState([ResumableField.uploadOffset: "3"], .latest)
        #expect(state == ResumableState(offset: 3, isComplete: false, length: nil))
        #expect(ResumableState([ResumableField.uploadComplete: "?0"], .latest) == nil)
    }

    @Test func `V3: an interim response is for its own version only`() {
        let interim = ResumableInterim(
            version: .of(8), location: "https://a.example/files/1", limit: UploadLimit(maxSize: 9), offset: 3)
        #expect(ResumableInterim(interim.fields, requested: .of(8)) == interim)
        #expect(ResumableInterim(interim.fields, requested: .of(9)) == nil)
        #expect(ResumableInterim([:], requested: .of(9)) == nil)
    }

    @Test func `U2: limits are integers, and the lifetime has another name in version 6`() {
        let limit = UploadLimit(maxSize: 10, minAppendSize: 2, lifetimeSeconds: 60)
        #expect(limit.text(for: .of(9)) == "max-size=10, min-append-size=2, max-age=60")
        #expect(limit.text(for: .of(6)) == "max-size=10, min-append-size=2, expires=60")
        for version in InteropVersion.all { #expect(UploadLimit(limit.text(for: version)) == limit) }
    }

    @Test func `U1: no limits are an explicit minimum`() {
        #expect(UploadLimit().text(for: .latest) == "min-size=0")
        #expect(UploadLimit(maxSize: .max).text(for: .latest) == "max-size=999999999999999")
    }

    @Test func `members of a limit that are no counts are ignored`() {
        let limit = UploadLimit("max-size=\"5\", min-size=-1, max-append-size=(1 2), future=?1, max-age=7;a=b")
        #expect(limit == UploadLimit(lifetimeSeconds: 7))
        #expect(UploadLimit("max-size=") == nil)
        #expect(UploadLimit(" ") == UploadLimit())
    }

    @Test func `A7: an offset conflict has both offsets, under the names of the draft`() throws {
        var failure = RequestFailure(UploadError(.offsetMismatch(expected: 7, actual: 3)))
        failure.adjustForResumable(UploadError(.offsetMismatch(expected: 7, actual: 3)))
        #expect(failure.status == .conflict)
        #expect(failure.fields[ResumableField.uploadOffset] == "7")
        let problem = try #require(ResumableProblem(failure))
        #expect(problem.kind == .mismatchingOffset)
        let text = String(decoding: problem.encoded(), as: UTF8.self)
        #expect(text.contains("\"expected-offset\":7,\"provided-offset\":3"))
        #expect(text.contains("\"https://iana.org/assignments/http-problem-types#mismatching-upload-offset\""))
        #expect(try ResumableProblem(json: problem.encoded()) == problem)
    }

    @Test func `contradictions of lengths are one type, in which versions 6 and 7 have another for the end`() {
        #expect(ResumableProblem(.inconsistentLength)?.kind == .inconsistentLength)
        #expect(ResumableProblem(.beyondLength(5))?.kind == .inconsistentLength)
        #expect(ResumableProblem(.completedUpload(.of(6)))?.kind == .completed)
        #expect(ResumableProblem(.completedUpload(.of(7)))?.kind == .completed)
        #expect(ResumableProblem(.completedUpload(.of(9)))?.kind == .inconsistentLength)
        #expect(ResumableProblem(.notFound) == nil)
    }

    @Test func `a takeover is 400, and an end keeps its status`() {
        #expect(RequestFailure.stoppedAppend(UploadError(.superseded)).status == .badRequest)
        #expect(RequestFailure.stoppedAppend(UploadError(.notFound(.upload))).status == .notFound)
    }

    @Test func `I4: the choices of a creation are kept beside the metadata of tus`() throws {
        let wanting = KeptChoices([ResumableField.wantReprDigest: "sha-512=3, sha-256=10"])
        #expect(wanting.wantsDigest)
        let kept = try #require(KeptChoices(opaque: wanting.opaque(metadata: "filename YQ==")))
        #expect(kept.wantsDigest)
        #expect(KeptChoices(opaque: KeptChoices([:]).opaque(metadata: ""))?.wantsDigest == false)
        #expect(KeptChoices(opaque: "filename YQ==") == nil)
        #expect(KeptChoices(opaque: "filename YQ==\n/files/") == nil)
    }

    @Test(arguments: ["sha-256=0", "sha-512=1", "sha-256", "sha-256=?1", "=", "sha-256=11"])
    func `no digest is wanted otherwise`(text: String) {
        #expect(!KeptChoices([ResumableField.wantReprDigest: text]).wantsDigest)
    }
}
