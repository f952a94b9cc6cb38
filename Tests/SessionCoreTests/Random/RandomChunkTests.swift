import Testing

/// Seeded random sequences of calls on a ledger of chunks, each compared with the model.
@Suite struct RandomChunkTests {
    @Test("random calls on a session of chunks do what the model does", arguments: UInt64(0)..<150)
    func againstModel(seed: UInt64) throws {
        var run = ChunkRun(seed: seed)
        for step in 0..<200 {
            try run.step()
            run.compare("seed \(seed), step \(step)")
        }
    }
}
