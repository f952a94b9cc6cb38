import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// Random interleavings of requests that reach two engines: offsets that were told never fall, and what is committed is
/// what was sent.
@Suite struct TwoHoldersHistoryTests {
    /// Every client sends the same bytes, as those of one file do; each resumes where the engine it reaches says.
    @Test(arguments: 0..<60)
    func `offsets never fall and the bytes are right`(_ seed: UInt64) async throws {
        let stores = try await SharedStores()
        let length = 60
        let id = try await stores.begin(.append, length: UInt64(length))
        stores.hooks.a.yieldEverywhere()
        stores.hooks.b.yieldEverywhere()
        let told = Mutex<UInt64>(0)
        let scheduler = SimulatedScheduler(seed: seed)
        for number in 0..<4 {
            scheduler.start("client \(number)") {
                var random = SeededRandom(seed: seed &* 31 &+ UInt64(number))
                for _ in 0..<6 {
                    let engine = random.chance(0.5) ? stores.a : stores.b
                    let floor = told.withLock { $0 }
                    guard let offset = try? await engine.quiescedStatus(of: id, by: stores.ben).session.offset else {
                        continue
                    }
                    if offset < floor { Issue.record("offset \(offset) was told after \(floor)") }
                    told.withLock { $0 = max($0, offset) }
                    guard offset < length else { return }
                    let end = min(length, Int(offset) + 1 + random.below(20))
                    let bytes = content(end - Int(offset), from: Int(offset))
                    guard let reached = try? await engine.append(id, at: offset, bytes, by: stores.ben) else {
                        continue
                    }
                    told.withLock { $0 = max($0, reached) }
                }
            }
        }
        try scheduler.runUntilIdle()

        let offset = try await stores.a.quiescedStatus(of: id, by: stores.ben).session.offset
        #expect(offset >= told.withLock { $0 })
        if offset < length {
            try await stores.b.append(id, at: offset, content(length)[Int(offset)...], by: stores.ben)
        }
        #expect(try await stores.a.commit(id, by: stores.ben).digest == .whole(Digest(of: content(length))))
        #expect(try await stores.read(id) == content(length))
    }
}
