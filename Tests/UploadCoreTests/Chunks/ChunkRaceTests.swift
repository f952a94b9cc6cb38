import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Many interleavings of the same calls, each decided by its seed.
@Suite struct ChunkRaceTests {
    @Test(arguments: 0..<60) func `two callers of one chunk: whose bytes were acknowledged, stay`(
        _ seed: UInt64
    ) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 10)
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        let acknowledged = Collected<[UInt8]>()
        let refused = Collected<UploadError.Code>()
        for bytes in [content(10), content(10).inverted] {
            scheduler.start {
                let code = await outcome { try await fixture.service.putChunk(id, index: 0, bytes, by: fixture.ben) }
                if let code { refused.append(code) } else { acknowledged.append(bytes) }
            }
        }
        try scheduler.runUntilIdle()
        #expect(acknowledged.all.count == 1)
        #expect(refused.all == [.superseded] || refused.all == [.chunkConflict])
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == acknowledged.all.first)
    }

    @Test(arguments: 0..<60) func `chunks in parallel, some of them twice, make the right whole`(
        _ seed: UInt64
    ) async throws {
        for storage in [Storage.file, .catalogue] {
            let fixture = try await Fixture(storage)
            let bytes = content(75)
            let id = try await fixture.begin(length: 75)
            fixture.hooks.yieldEverywhere()
            let scheduler = SimulatedScheduler(seed: seed)
            for (index, chunk) in (bytes.chunks(of: 10) + bytes.chunks(of: 10).prefix(4)).enumerated() {
                scheduler.start {
                    // One of two writers of a chunk may be told that the other took over; it asks, and sends again.
                    while await outcome({
                        try await fixture.service.putChunk(id, index: UInt64(index % 8), chunk, by: fixture.ben)
                    }) == .superseded {}
                }
            }
            try scheduler.runUntilIdle()
            #expect(try await fixture.sessions.get(id).session.isComplete)
            #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
            #expect(try await fixture.read(id) == bytes)
        }
    }

    @Test(arguments: 0..<60) func `an abort that races with writers leaves nothing behind`(_ seed: UInt64) async throws
    {
        let fixture = try await Fixture()
        let id = try await fixture.begin(length: 30)
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        let codes = Collected<UploadError.Code?>()
        for index in 0..<3 {
            scheduler.start {
                codes.append(
                    await outcome {
                        try await fixture.service.putChunk(id, index: UInt64(index), content(10), by: fixture.ben)
                    })
            }
        }
        scheduler.start { codes.append(await outcome { try await fixture.service.abort(id, by: fixture.ben) }) }
        try scheduler.runUntilIdle()
        #expect(Set(codes.all).isSubset(of: [nil, .superseded, .gone]), "\(codes.all)")
        #expect(try await fixture.status(id).isAborted)
        #expect(try await fixture.stored() == (0, 0))
        #expect(try await fixture.sessions.get(id).session.hasWriters == false)
    }

    @Test(arguments: 0..<60) func `a finish that races with the last chunks commits the right whole or nothing`(
        _ seed: UInt64
    ) async throws {
        let fixture = try await Fixture()
        let bytes = content(30)
        let id = try await fixture.begin(length: 30)
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        for (index, chunk) in bytes.chunks(of: 10).enumerated() {
            scheduler.start {
                let code = await outcome {
                    try await fixture.service.putChunk(id, index: UInt64(index), chunk, by: fixture.ben)
                }
                #expect(code == nil)
            }
        }
        for _ in 0..<2 {
            scheduler.start {
                let code = await outcome { _ = try await fixture.service.commit(id, by: fixture.ben) }
                #expect(code == nil || code == .incomplete)
            }
        }
        try scheduler.runUntilIdle()
        #expect(try await fixture.service.commit(id, by: fixture.ben).digest == .whole(Digest(of: bytes)))
        #expect(try await fixture.read(id) == bytes)
    }

    @Test(arguments: 0..<40) func `chunks of unknown length in parallel agree on the length`(_ seed: UInt64)
        async throws
    {
        let fixture = try await Fixture()
        let bytes = content(34)
        let id = try await fixture.begin()
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        for (index, chunk) in bytes.chunks(of: 10).enumerated() {
            scheduler.start {
                let code = await outcome {
                    try await fixture.service.putChunk(id, index: UInt64(index), chunk, by: fixture.ben)
                }
                #expect(code == nil)
            }
        }
        try scheduler.runUntilIdle()
        #expect(try await fixture.service.commit(id, by: fixture.ben).session.spec.expectedBytes == 34)
        #expect(try await fixture.read(id) == bytes)
    }

    @Test(arguments: 0..<40) func `two short chunks of unknown length: one decides, the other is refused`(
        _ seed: UInt64
    ) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        fixture.hooks.yieldEverywhere()
        let scheduler = SimulatedScheduler(seed: seed)
        let codes = Collected<UploadError.Code?>()
        for index in [1, 2] as [UInt64] {
            scheduler.start {
                codes.append(
                    await outcome { try await fixture.service.putChunk(id, index: index, content(4), by: fixture.ben) })
            }
        }
        try scheduler.runUntilIdle()
        #expect(codes.all.count { $0 == nil } == 1, "\(codes.all)")
        for service in [fixture.service, try fixture.reopened()] {
            let session = try await service.sessions.get(id).session
            #expect(session.pieces.count == 1)
            #expect(session.durableEnd == session.spec.expectedBytes)
        }
    }
}
