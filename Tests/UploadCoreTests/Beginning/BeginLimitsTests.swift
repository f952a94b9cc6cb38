import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// At its edge a limit admits, one past it the request is refused with the name, the maximum and the value.
@Suite struct BeginLimitsTests {
    private func expectEdge(
        _ name: Limits.Name, _ maximum: UInt64, adjusting adjust: (inout Limits) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout BeginRequest, UInt64) -> Void
    ) async throws {
        let bench = try await Bench(.file, adjust)
        var (lawful, tooMuch) = (bench.request(length: 20), bench.request(length: 20))
        change(&lawful, maximum)
        change(&tooMuch, maximum + 1)
        await expectLimit(name, maximum, sourceLocation: sourceLocation) {
            try await bench.service.beginUpload(tooMuch, by: bench.ben)
        }
        #expect(try await bench.sessions.totalSessionCount() == 0, sourceLocation: sourceLocation)
        _ = try await bench.service.beginUpload(lawful, by: bench.ben)
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
        let bench = try await Bench { $0.chunkSizeMin = 5 }
        await expectRefusal(.invalidArgument) { try await bench.begin(.chunks(size: 4), length: 20) }
        _ = try await bench.begin(.chunks(size: 5), length: 20)
        let usual = try await Bench()
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
        let bench = try await Bench()
        var request = bench.request(length: 20)
        request.asset.name = String(repeating: "é", count: Int(limit / 2) + 1)
        await expectRefusal(.tooLarge) { try await bench.service.beginUpload(request, by: bench.ben) }
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
        let bench = try await Bench()
        await expectRefusal(.invalidArgument) { try await bench.begin(length: 20, key: "") }
    }

    @Test func `the caller's name`() async throws {
        let bench = try await Bench()
        let longest = Principal(text(bench.limits.principalBytesMax))
        try await bench.service.setRole(.writer, of: longest, in: bench.capsule, by: bench.anna)
        _ = try await bench.service.beginUpload(bench.request(length: 20), by: longest)
        await expectLimit(.principalBytes, bench.limits.principalBytesMax) {
            try await bench.service.beginUpload(bench.request(length: 20), by: Principal(longest.name + "a"))
        }
    }

    @Test func `the pending uploads of one caller in one capsule`() async throws {
        let bench = try await Bench { $0.activeUploadsMax = 3 }
        var ids: [SessionId] = []
        for number in 0..<3 { ids.append(try await bench.begin(length: 20, key: "k\(number)")) }
        let error = await expectRefusal(.tooMany) { try await bench.begin(length: 20) }
        #expect(error?.reason == .limitExceeded(.activeUploads, maximum: 3, actual: 4))
        #expect(try await bench.begin(length: 20, key: "k1") == ids[1], "a repetition is no new upload")
        _ = try await bench.service.beginUpload(bench.request(length: 20), by: bench.anna)
        try await bench.sessions.abort(ids[0])
        _ = try await bench.begin(length: 20)
        await expectRefusal(.tooMany) { try await bench.begin(length: 20) }
        try await bench.putAll(ids[1], content(20))
        _ = try await bench.service.commit(ids[1], by: bench.ben)
        _ = try await bench.begin(length: 20)
    }

    @Test func `the bodies of one caller that are received at once`() async throws {
        let bench = try await Bench { $0.writersPerCallerMax = 2 }
        let id = try await bench.begin(length: 50)
        let first = try await bench.service.openChunk(id, index: 0, by: bench.ben)
        _ = try await bench.service.openChunk(id, index: 1, by: bench.ben)
        await expectLimit(.writersPerCaller, 2) { try await bench.service.openChunk(id, index: 2, by: bench.ben) }
        let others = try await bench.service.beginUpload(bench.request(length: 50), by: bench.anna).record.id
        _ = try await bench.service.openChunk(others, index: 2, by: bench.anna)
        await first.cancel()
        await first.cancel()
        _ = try await bench.service.openChunk(id, index: 2, by: bench.ben)
        await expectLimit(.writersPerCaller, 2) { try await bench.service.openChunk(id, index: 3, by: bench.ben) }
    }

    @Test func `a newer writer of the same bytes needs no second place`() async throws {
        let bench = try await Bench { $0.writersPerCallerMax = 1 }
        let id = try await bench.begin(.append)
        for index in 0..<3 {
            let writer = try await bench.service.openAppend(id, at: UInt64(index), by: bench.ben)
            try await writer.write(content(1, from: index))
        }
        #expect(try await bench.service.settledStatus(of: id, by: bench.ben).session.offset == 3)
    }
}
