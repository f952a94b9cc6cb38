import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

/// At its edge a limit admits, one past it the request is refused with the name, the maximum and the value.
@Suite struct BeginLimitsTests {
    private func expectEdge(
        _ name: Limits.Name, _ maximum: UInt64, adjusting adjust: (inout Limits) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout BeginRequest, UInt64) -> Void
    ) async throws {
        let fixture = try await Fixture(.file, adjust)
        var (lawful, tooMuch) = (fixture.request(length: 20), fixture.request(length: 20))
        change(&lawful, maximum)
        change(&tooMuch, maximum + 1)
        await expectLimit(name, maximum, sourceLocation: sourceLocation) {
            try await fixture.service.beginUpload(tooMuch, by: fixture.ben)
        }
        #expect(try await fixture.sessions.totalSessionCount() == 0, sourceLocation: sourceLocation)
        _ = try await fixture.service.beginUpload(lawful, by: fixture.ben)
    }

    private func text(_ count: UInt64) -> String { String(repeating: "a", count: Int(count)) }

    @Test func `the bytes of an upload`() async throws {
        try await expectEdge(.uploadBytes, 1000, adjusting: { $0.uploadBytesMax = 1000 }) { $0.length = $1 }
        try await expectEdge(.uploadBytes, 1000, adjusting: { $0.uploadBytesMax = 1000 }) { request, size in
            request.layout = .append
            request.length = size
        }
    }

    @Test func `the size of a chunk`() async throws {
        func adjust(_ limits: inout Limits) {
            limits.chunkSizeDefault = 50
            limits.chunkSizeMax = 100
        }
        try await expectEdge(.chunkSize, 100, adjusting: adjust) { $0.layout = .chunks(size: $1) }
    }

    @Test func `the least size of a chunk`() async throws {
        let fixture = try await Fixture { $0.chunkSizeMin = 5 }
        await expectRefusal(.invalidArgument) { try await fixture.begin(.chunks(size: 4), length: 20) }
        _ = try await fixture.begin(.chunks(size: 5), length: 20)
        let usual = try await Fixture()
        await expectRefusal(.invalidArgument) { try await usual.begin(.chunks(size: 0), length: 20) }
    }

    @Test func `the number of chunks, counted with a short last one`() async throws {
        try await expectEdge(.chunks, 7, adjusting: { $0.chunksMax = 7 }) { $0.length = $1 * 10 }
        try await expectEdge(.chunks, 7, adjusting: { $0.chunksMax = 7 }) { $0.length = $1 * 10 - 9 }
    }

    @Test func `the number of chunks that a client means to send`() async throws {
        try await expectEdge(.chunks, 7, adjusting: { $0.chunksMax = 7 }) { request, count in
            request.length = nil
            request.expectedChunks = count
        }
    }

    @Test func `the name, counted in bytes`() async throws {
        let limit = Limits().nameBytesMax
        try await expectEdge(.nameBytes, limit) { $0.asset.name = text($1) }
        let fixture = try await Fixture()
        var request = fixture.request(length: 20)
        request.asset.name = String(repeating: "é", count: Int(limit / 2) + 1)
        await expectRefusal(.tooLarge) { try await fixture.service.beginUpload(request, by: fixture.ben) }
    }

    @Test func `the content type, what the client sent along, and its name for the memory`() async throws {
        let limits = Limits()
        try await expectEdge(.contentTypeBytes, limits.contentTypeBytesMax) { $0.asset.contentType = text($1) }
        try await expectEdge(.opaqueMetadataBytes, limits.opaqueMetadataBytesMax) { $0.asset.opaque = text($1) }
        try await expectEdge(.provisionalMemoryIdBytes, limits.provisionalMemoryIdBytesMax) {
            $0.provisionalMemoryId = text($1)
        }
    }

    @Test func `the idempotency key`() async throws {
        try await expectEdge(.idempotencyKeyBytes, Limits().idempotencyKeyBytesMax) { request, count in
            request.idempotencyKey = IdempotencyKey(bytes: [UInt8](repeating: 7, count: Int(count)))
        }
        let fixture = try await Fixture()
        await expectRefusal(.invalidArgument) { try await fixture.begin(length: 20, key: "") }
        // Keys of derived uploads begin like this.
        await expectRefusal(.invalidArgument) { try await fixture.begin(length: 20, key: "\0derived photo") }
    }

    @Test func `the caller's name`() async throws {
        let fixture = try await Fixture()
        let longest = Principal(text(fixture.limits.principalBytesMax))
        try await fixture.service.setRole(.writer, of: longest, in: fixture.capsule, by: fixture.anna)
        _ = try await fixture.service.beginUpload(fixture.request(length: 20), by: longest)
        await expectLimit(.principalBytes, fixture.limits.principalBytesMax) {
            try await fixture.service.beginUpload(fixture.request(length: 20), by: Principal(longest.name + "a"))
        }
    }

    @Test func `the pending uploads of one caller in one capsule`() async throws {
        let fixture = try await Fixture { $0.activeUploadsMax = 3 }
        var ids: [SessionId] = []
        for number in 0..<3 { ids.append(try await fixture.begin(length: 20, key: "k\(number)")) }
        let error = await expectRefusal(.tooMany) { try await fixture.begin(length: 20) }
        #expect(error?.reason == .limitExceeded(.activeUploads, maximum: 3, actual: 4))
        #expect(try await fixture.begin(length: 20, key: "k1") == ids[1], "a repetition is no new upload")
        _ = try await fixture.service.beginUpload(fixture.request(length: 20), by: fixture.anna)
        try await fixture.sessions.abort(ids[0])
        _ = try await fixture.begin(length: 20)
        await expectRefusal(.tooMany) { try await fixture.begin(length: 20) }
        try await fixture.putAll(ids[1], content(20))
        _ = try await fixture.service.commit(ids[1], by: fixture.ben)
        _ = try await fixture.begin(length: 20)
    }

    @Test func `the bodies of one caller that are received at once`() async throws {
        let fixture = try await Fixture { $0.writersPerCallerMax = 2 }
        let id = try await fixture.begin(length: 50)
        let first = try await fixture.service.openChunk(id, index: 0, by: fixture.ben)
        let second = try await fixture.service.openChunk(id, index: 1, by: fixture.ben)
        await expectLimit(.writersPerCaller, 2) {
            _ = try await fixture.service.openChunk(id, index: 2, by: fixture.ben)
        }
        let others = try await fixture.service.beginUpload(fixture.request(length: 50), by: fixture.anna).record.id
        let other = try await fixture.service.openChunk(others, index: 2, by: fixture.anna)
        let core = first.core
        await first.cancel()
        await core.cancel()
        let third = try await fixture.service.openChunk(id, index: 2, by: fixture.ben)
        await expectLimit(.writersPerCaller, 2) {
            _ = try await fixture.service.openChunk(id, index: 3, by: fixture.ben)
        }
        await second.cancel()
        await other.cancel()
        await third.cancel()
    }

    @Test func `a newer writer of the same bytes needs no second place`() async throws {
        let fixture = try await Fixture { $0.writersPerCallerMax = 1 }
        let id = try await fixture.begin(.append)
        let first = try await fixture.service.openAppend(id, at: 0, by: fixture.ben)
        try await first.write(content(1))
        let second = try await fixture.service.openAppend(id, at: 1, by: fixture.ben)
        try await second.write(content(1, from: 1))
        #expect(try await fixture.service.quiescedStatus(of: id, by: fixture.ben).session.offset == 2)
        await first.cancel()
        await second.cancel()
    }
}
