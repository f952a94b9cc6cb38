import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

struct OutageTests {
    @Test func `an outage begins with its first failure and ends with an answer`() {
        let outage = Outage()
        #expect(outage.began(at: 0) == nil)
        outage.failed(at: 100)
        outage.failed(at: 900)
        #expect(outage.began(at: 900) == 100)
        outage.answered(at: 1000)
        #expect(outage.began(at: 1000) == nil)
    }

    @Test func `a failure is forgotten after its time`() {
        let outage = Outage()
        outage.failed(at: 100)
        outage.failed(at: 900)
        #expect(outage.began(at: 900 + Outage.memoryMilliseconds) == 100)
        #expect(outage.began(at: 901 + Outage.memoryMilliseconds) == nil)
    }

    @Test func `an answer counts for a time, and not after a failure`() {
        let outage = Outage()
        #expect(!outage.hasAnswered(inLast: 10, at: 0))
        outage.answered(at: 100)
        #expect(outage.hasAnswered(inLast: 10, at: 110))
        #expect(!outage.hasAnswered(inLast: 10, at: 111))
        outage.failed(at: 105)
        #expect(!outage.hasAnswered(inLast: 10, at: 106))
    }

    @Test func `an operation that begins in an outage has only the time that is left of its attempts`() async throws {
        var settings = S3Settings.small
        settings.attemptsMax = 20
        try await Fixture.run(settings: settings) { fixture in
            fixture.fake.behave { _, _ in .lost }
            await #expect(throws: UploadError.self) { try await fixture.write(content(10)) }
            // The waits take no time on this clock: only their number ends the first one.
            #expect(fixture.fake.requests.count == 20)
            fixture.clock.advance(milliseconds: 59_999)
            await #expect(throws: UploadError.self) { try await fixture.write(content(10)) }
            #expect(fixture.fake.requests.count == 21)
            fixture.fake.behave { _, _ in .normal }
            try await fixture.write(content(10))
            fixture.fake.behave { _, count in count < 25 ? .lost : .normal }
            try await fixture.write(content(10), at: 10)
            #expect(fixture.fake.requests.count == 25)
        }
    }

    @Test func `readiness asks the bucket only if nothing else has`() async throws {
        try await Fixture.run { fixture in
            try await fixture.store.requireReachable()
            try await fixture.store.requireReachable()
            #expect(fixture.fake.requests.map(\.name) == ["wharf/readiness"])
            fixture.clock.advance(milliseconds: S3Client.answerMilliseconds + 1)
            try await fixture.write(content(10))
            try await fixture.store.requireReachable()
            #expect(fixture.fake.requests.count == 2)
            fixture.clock.advance(milliseconds: S3Client.answerMilliseconds + 1)
            fixture.fake.behave { _, _ in .lost }
            let error = await #expect(throws: UploadError.self) { try await fixture.store.requireReachable() }
            #expect(error?.code == .unavailable)
        }
    }

    @Test(
        arguments: [
            (403, "AccessDenied", true), (404, "NoSuchKey", true), (503, "SlowDown", true), (404, nil, false),
            (404, "NoSuchBucket", false), (403, "InvalidAccessKeyId", false), (403, "SignatureDoesNotMatch", false),
            (400, "ExpiredToken", false), (500, "InternalError", false), (502, nil, false),
        ] as [(Int, String?, Bool)])
    func `readiness tells what the engine says from what stands in its place`(
        _ status: Int, _ code: String?, _ isReady: Bool
    ) async throws {
        try await Fixture.run { fixture in
            fixture.fake.behave { _, _ in .status(status, code: code) }
            var error: UploadError?
            do throws(UploadError) {
                try await fixture.store.requireReachable()
            } catch let failure {
                error = failure
            }
            #expect((error == nil) == isReady)
        }
    }

    @Test func `readiness does not wait for a bucket that says nothing`() async throws {
        try await Fixture.run { fixture in
            fixture.fake.behave { _, _ in .held }
            await #expect(throws: UploadError.self) { try await fixture.store.requireReachable() }
        }
    }
}
