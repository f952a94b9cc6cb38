import DurableFiles
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorage

@Suite struct HashPairsTests {
    @Test func `as many as permitted hash at once, and those that wait are paired in order`() {
        var turns = HashTurns<Int>(runningMax: 2)
        #expect(turns.enter(1)?.request == 1)
        #expect(turns.enter(2)?.request == 2)
        for request in 3...7 { #expect(turns.enter(request) == nil) }
        for (request, partner) in [(3, 4), (5, 6), (7, nil)] as [(Int, Int?)] {
            let turn = turns.leave()
            #expect(turn?.request == request)
            #expect(turn?.partner == partner)
        }
        #expect(turns.leave() == nil)
        #expect(turns.enter(8)?.partner == nil, "a turn is free again")
        #expect(turns.enter(9) == nil)
        #expect(turns.leave()?.request == 9)
        #expect(turns.leave() == nil)
        #expect(turns.leave() == nil)
        #expect(turns.enter(10)?.request == 10)
    }

    @Test(arguments: [1, 2, 3]) func `each of many streams has its own digest`(_ threads: Int) async {
        let (pool, pairs) = (ThreadPool(name: "hashing", threads: 6), HashPairs(threads: threads))
        defer { pool.shutdown() }
        await withTaskGroup(of: Void.self) { group in
            for stream in 0..<12 {
                group.addTask {
                    var random = SeededRandom(seed: UInt64(stream))
                    let (hash, expected) = (RunningHash(SHA256Hasher(), pairing: pairs), RunningHash())
                    for _ in 0..<30 {
                        let bytes = (0..<random.below(70_000)).map { UInt8(truncatingIfNeeded: $0 &* (stream + 3)) }
                        await pool.run { bytes.withUnsafeBytes { hash.update($0) } }
                        bytes.withUnsafeBytes { expected.update($0) }
                    }
                    #expect(hash.digest == expected.digest)
                }
            }
        }
    }
}
