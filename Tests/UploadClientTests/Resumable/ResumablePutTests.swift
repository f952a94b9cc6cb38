import HTTPTypes
import HTTPWire
import NativeWire
import ResumableWire
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// Uploads by “Resumable Uploads for HTTP”, to servers of all kinds.
@Suite struct ResumablePutTests {
    private let bytes = content(20_500)
    private static let versions = InteropVersion.shipped

    @Test func `a file is sent with its creation, and its SHA-256 is stated`() async throws {
        let fixture = try ResumableFixture()
        let finished = try await fixture.put(bytes)
        #expect(finished.sha256 == Digest(of: bytes).hex && fixture.server.uploads.map(\.bytes) == [bytes])
        #expect(fixture.server.calls.map(\.method) == [.options, .post])
        #expect(fixture.server.calls.last?.fields[.reprDigest] != nil && fixture.states == 0)
    }

    @Test func `an empty file is complete with its creation`() async throws {
        let fixture = try ResumableFixture()
        #expect(try await fixture.put([]).size == 0)
        #expect(fixture.server.uploads.map(\.isComplete) == [true])
    }

    @Test(arguments: versions)
    func `after a break only what the server does not have is sent, in every version`(
        version: InteropVersion
    ) async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.versions = [version] }
        fixture.server.manners.withLock { $0.refusal = .preconditionFailed }
        fixture.server.fail { call, number in
            if call.version == version.number, call.method == .post { return .cut(after: 7000) }
            return call.method == .patch && number == 1 ? .cut(after: 5000) : nil
        }
        _ = try await fixture.put(bytes)
        #expect(fixture.server.uploads.map(\.bytes) == [bytes])
        let appends = fixture.server.calls.filter { $0.method == .patch }
        #expect(appends.map(\.offset) == [7000, 12_000])
        #expect(appends.map(\.bodyBytes) == [13_500, 8500])
    }

    @Test(arguments: versions, [.badRequest, .preconditionFailed, .notImplemented] as [HTTPResponse.Status])
    func `a server that knows only one version is found, once`(
        version: InteropVersion, refusal: HTTPResponse.Status
    ) async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.versions = [version] }
        fixture.server.manners.withLock { $0.refusal = refusal }
        _ = try await fixture.put(bytes)
        let tried = fixture.server.calls.filter { $0.method == .post }.map(\.version)
        #expect(tried == Self.versions.map(\.number).filter { $0 >= version.number })

        let client = try fixture.client()
        for seed in [2, 3] as [UInt64] { _ = try await fixture.put(content(500, seed: seed), by: client) }
        let later = fixture.server.calls.filter { $0.method == .post }.map(\.version)
        #expect(later.suffix(1) == [version.number] && later.count == tried.count * 2 + 1)
    }

    @Test func `a server that refuses every version has its first reason shown`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.versions = [] }
        fixture.server.manners.withLock { $0.refusal = .preconditionFailed }
        let error = try await refusal { try await fixture.put(bytes) }
        #expect(error.problem?.status == 412 && fixture.server.count(.post) == 5)
    }

    @Test func `a refusal after the interim response is not taken for one of the version`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.fail { call, _ in call.method == .post ? .bitTurned : nil }
        let error = try await refusal { try await fixture.put(bytes) }
        #expect(error.code == .contentChanged && fixture.server.count(.post) == 1)
    }

    @Test func `a server without the protocol stores the file as any other`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.versions = [] }
        fixture.server.manners.withLock { $0.hasOptions = false }
        fixture.server.fail { call, number in call.method == .post && number == 1 ? .answered(.badGateway) : nil }
        #expect(try await fixture.put(bytes).upload == "conventional")
        // Without a sign of the protocol no empty file is left there.
        #expect(fixture.server.state.withLock { $0.conventional } == [bytes])
    }

    @Test func `without interim responses a break is followed by a creation of no bytes`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.sendsInterim = false }
        fixture.server.fail { call, number in
            call.method == .post && number == 1
                ? .cut(after: 7000) : call.method == .patch && number == 1 ? .cut(after: 900) : nil
        }
        _ = try await fixture.put(bytes)
        #expect(fixture.server.uploads.map(\.bytes) == [bytes])
        // The key finds the upload of the first request, with what it has.
        #expect(fixture.server.calls.filter { $0.method == .post }.map(\.bodyBytes) == [20_500, 0])
        #expect(fixture.server.calls.filter { $0.method == .patch }.map(\.offset) == [7000, 7900])
    }

    @Test func `requests have as many bytes as the server permits`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.limit.maxAppendSize = 6000 }
        _ = try await fixture.put(bytes)
        #expect(fixture.server.uploads.map(\.bytes) == [bytes])
        #expect(fixture.server.calls.filter { $0.method == .patch }.map(\.bodyBytes) == [6000, 6000, 6000, 2500])
        #expect(fixture.server.count(.head) == 0)
    }

    @Test func `a proxy with a limit gets smaller requests`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.requestBytesMax = 100_000 }
        let large = content(300_000)
        let events = Mutex<[PutEvent]>([])
        _ = try await fixture.put(large, onEvent: { event in events.withLock { $0.append(event) } })
        #expect(fixture.server.uploads.map(\.bytes) == [large])
        #expect(events.withLock { $0 } == [.shrunkChunks(to: 150_000), .shrunkChunks(to: 75_000)])
    }

    @Test func `a proxy that lets nothing through is named`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.requestBytesMax = 1000 }
        let error = try await refusal { try await fixture.put(bytes) }
        #expect(error.code.rawValue == "too_large")
    }

    @Test func `the final response is fetched if it was lost`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.fail { call, _ in call.method == .post ? .answerLost : nil }
        let finished = try await fixture.put(bytes)
        #expect(finished.sha256 == Digest(of: bytes).hex)
        #expect(fixture.server.calls.map(\.method) == [.options, .post, .head, .get])
    }

    @Test func `an upload that has all bytes but not its end is completed by an empty request`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.fail { call, _ in call.method == .post ? .cut(after: 20_500) : nil }
        _ = try await fixture.put(bytes)
        #expect(fixture.server.uploads.map(\.isComplete) == [true])
        #expect(fixture.server.calls.last?.bodyBytes == 0)
    }

    @Test func `a lost upload is sent from the beginning, three times at most`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.fail { call, number in
            if call.method == .post, number == 1 { return .cut(after: 7000) }
            return call.method == .head ? .answered(.notFound) : nil
        }
        let events = Mutex(0)
        _ = try await fixture.put(bytes, onEvent: { _ in events.withLock { $0 += 1 } })
        #expect(events.withLock { $0 } == 1 && fixture.server.uploads.contains { $0.isComplete && $0.bytes == bytes })

        fixture.server.fail { call, _ in
            call.method == .post ? .cut(after: 7000) : call.method == .head ? .answered(.gone) : nil
        }
        let error = try await refusal { try await fixture.put(content(9000, seed: 4), named: "other") }
        #expect(error.problem?.status == 410)
    }

    @Test func `a conflict and a takeover are followed by the question for the offset`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.fail { call, number in
            if call.method == .post { return .cut(after: 7000) }
            guard call.method == .patch else { return nil }
            return number == 1 ? .answered(.conflict) : number == 2 ? .superseded : nil
        }
        _ = try await fixture.put(bytes)
        #expect(fixture.server.uploads.map(\.bytes) == [bytes] && fixture.server.count(.head) == 3)
    }

    @Test func `offsets of interim responses are progress`() async throws {
        let fixture = try ResumableFixture()
        fixture.server.manners.withLock { $0.tellsEvery = 5000 }
        let seen = Mutex<[UInt64]>([])
        _ = try await fixture.put(bytes, onProgress: { progress in seen.withLock { $0.append(progress.doneBytes) } })
        let told = seen.withLock { $0 }
        #expect(told == told.sorted() && told.contains(5000) && told.contains(20_000))
    }
}
