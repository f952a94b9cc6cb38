import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct ConcatenationRefusalTests {
    private func expectRefused(
        _ bench: Bench, _ parts: [SessionId], _ code: UploadError.Code,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await bench.sessions.totalSessionCount()
        await expectRefusal(code, sourceLocation: sourceLocation) {
            try await bench.service.concatenate(bench.request(.append), parts: parts, by: bench.ben)
        }
        #expect(try await bench.sessions.totalSessionCount() == before, sourceLocation: sourceLocation)
    }

    @Test func `nothing is no concatenation`() async throws {
        try await expectRefused(try await Bench(), [], .invalidArgument)
    }

    @Test func `parts are there, pending or committed`() async throws {
        let bench = try await Bench()
        try await expectRefused(bench, [SessionId(high: 1, low: 1)], .notFound)
        let aborted = try await bench.begin(length: 10, isPartial: true)
        try await bench.sessions.abort(aborted)
        try await expectRefused(bench, [aborted], .notFound)
    }

    @Test func `parts are the caller's own, in the same capsule`() async throws {
        let bench = try await Bench()
        var request = bench.request(length: 10)
        request.isPartial = true
        let annas = try await bench.service.beginUpload(request, by: bench.anna).record.id
        try await expectRefused(bench, [annas], .notFound)
        request.capsule = try await bench.service.createCapsule(title: "other", by: bench.ben).id
        let elsewhere = try await bench.service.beginUpload(request, by: bench.ben).record.id
        try await expectRefused(bench, [elsewhere], .notFound)
    }

    @Test func `parts were begun as parts`() async throws {
        let bench = try await Bench()
        let part = try await bench.commit(content(10), isPartial: true)
        let whole = try await bench.commit(content(10))
        try await expectRefused(bench, [part, whole], .invalidArgument)
    }

    @Test func `the number of parts has a limit`() async throws {
        let bench = try await Bench { $0.partsMax = 3 }
        let part = try await bench.commit(content(2), isPartial: true)
        await expectLimit(.parts, 3) {
            try await bench.service.concatenate(
                bench.request(.append), parts: Array(repeating: part, count: 4), by: bench.ben)
        }
        let record = try await bench.service.concatenate(
            bench.request(.append), parts: Array(repeating: part, count: 3), by: bench.ben)
        #expect(try await bench.read(record.id).count == 6)
    }

    @Test func `the whole has the limit of an upload's bytes`() async throws {
        let bench = try await Bench { $0.uploadBytesMax = 25 }
        let part = try await bench.commit(content(10), isPartial: true)
        await expectLimit(where: .uploadBytes, 25, actual: 30) {
            try await bench.service.concatenate(bench.request(.append), parts: [part, part, part], by: bench.ben)
        }
        _ = try await bench.service.concatenate(bench.request(.append), parts: [part, part], by: bench.ben)
    }

    @Test func `a length that was told holds`() async throws {
        let bench = try await Bench()
        let part = try await bench.commit(content(10), isPartial: true)
        await expectRefusal(.sizeMismatch) {
            try await bench.service.concatenate(bench.request(.append, length: 21), parts: [part, part], by: bench.ben)
        }
        _ = try await bench.service.concatenate(bench.request(.append, length: 20), parts: [part, part], by: bench.ben)
    }

    @Test func `a concatenation takes no bytes of its own`() async throws {
        let bench = try await Bench()
        let open = try await bench.begin(length: 10, isPartial: true)
        let record = try await bench.service.concatenate(bench.request(.append), parts: [open], by: bench.ben)
        await expectRefusal(where: [.invalidArgument, .sizeMismatch]) {
            try await bench.service.append(record.id, at: 0, content(5), by: bench.ben)
        }
        #expect(try await bench.stored() == (0, 0), "bytes that belong to nothing")
    }

    @Test func `one whose part was given up before its commit can only be aborted`() async throws {
        let bench = try await Bench()
        let open = try await bench.begin(length: 10, isPartial: true)
        let record = try await bench.service.concatenate(bench.request(.append), parts: [open], by: bench.ben)
        try await bench.service.abort(open, by: bench.ben)
        await expectRefusal(.notFound) { try await bench.service.commit(record.id, by: bench.ben) }
        try await bench.service.abort(record.id, by: bench.ben)
    }
}
