import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ConcatenationRefusalTests {
    private func expectRefused(
        _ fixture: Fixture, _ parts: [SessionId], _ code: UploadError.Code,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await fixture.sessions.totalSessionCount()
        await expectRefusal(code, sourceLocation: sourceLocation) {
            try await fixture.service.concatenate(fixture.request(.append), parts: parts, by: fixture.ben)
        }
        #expect(try await fixture.sessions.totalSessionCount() == before, sourceLocation: sourceLocation)
    }

    @Test func `nothing is no concatenation`() async throws {
        try await expectRefused(try await Fixture(), [], .invalidArgument)
    }

    @Test func `parts are there, pending or committed`() async throws {
        let fixture = try await Fixture()
        try await expectRefused(fixture, [SessionId(high: 1, low: 1)], .notFound)
        let aborted = try await fixture.begin(length: 10, isPartial: true)
        try await fixture.sessions.abort(aborted)
        try await expectRefused(fixture, [aborted], .notFound)
    }

    @Test func `parts are the caller's own, in the same capsule`() async throws {
        let fixture = try await Fixture()
        var request = fixture.request(length: 10)
        request.isPartial = true
        let annas = try await fixture.service.beginUpload(request, by: fixture.anna).record.id
        try await expectRefused(fixture, [annas], .notFound)
        request.capsule = try await fixture.service.createCapsule(title: "other", by: fixture.ben).id
        let elsewhere = try await fixture.service.beginUpload(request, by: fixture.ben).record.id
        try await expectRefused(fixture, [elsewhere], .notFound)
    }

    @Test func `parts were begun as parts`() async throws {
        let fixture = try await Fixture()
        let part = try await fixture.commit(content(10), isPartial: true)
        let whole = try await fixture.commit(content(10))
        try await expectRefused(fixture, [part, whole], .invalidArgument)
    }

    @Test func `the number of parts has a limit`() async throws {
        let fixture = try await Fixture { $0.partsMax = 3 }
        let part = try await fixture.commit(content(2), isPartial: true)
        await expectLimit(.parts, 3) {
            try await fixture.service.concatenate(
                fixture.request(.append), parts: Array(repeating: part, count: 4), by: fixture.ben)
        }
        let record = try await fixture.service.concatenate(
            fixture.request(.append), parts: Array(repeating: part, count: 3), by: fixture.ben)
        #expect(try await fixture.read(record.id).count == 6)
    }

    @Test func `the whole has the limit of an upload's bytes`() async throws {
        let fixture = try await Fixture { $0.uploadBytesMax = 25 }
        let part = try await fixture.commit(content(10), isPartial: true)
        await expectLimit(where: .uploadBytes, 25, actual: 30) {
            try await fixture.service.concatenate(fixture.request(.append), parts: [part, part, part], by: fixture.ben)
        }
        _ = try await fixture.service.concatenate(fixture.request(.append), parts: [part, part], by: fixture.ben)
    }

    @Test func `a length that was told holds`() async throws {
        let fixture = try await Fixture()
        let part = try await fixture.commit(content(10), isPartial: true)
        await expectRefusal(.sizeMismatch) {
            try await fixture.service.concatenate(
                fixture.request(.append, length: 21), parts: [part, part], by: fixture.ben)
        }
        _ = try await fixture.service.concatenate(
            fixture.request(.append, length: 20), parts: [part, part], by: fixture.ben)
    }

    @Test func `a concatenation takes no bytes of its own`() async throws {
        let fixture = try await Fixture()
        let open = try await fixture.begin(length: 10, isPartial: true)
        let record = try await fixture.service.concatenate(fixture.request(.append), parts: [open], by: fixture.ben)
        await expectRefusal(where: [.invalidArgument, .sizeMismatch]) {
            try await fixture.service.append(record.id, at: 0, content(5), by: fixture.ben)
        }
        #expect(try await fixture.stored() == (0, 0), "bytes that belong to nothing")
    }

    @Test func `one whose part was given up before its commit can only be aborted`() async throws {
        let fixture = try await Fixture()
        let open = try await fixture.begin(length: 10, isPartial: true)
        let record = try await fixture.service.concatenate(fixture.request(.append), parts: [open], by: fixture.ben)
        try await fixture.service.abort(open, by: fixture.ben)
        await expectRefusal(.notFound) { try await fixture.service.commit(record.id, by: fixture.ben) }
        try await fixture.service.abort(record.id, by: fixture.ben)
    }
}
