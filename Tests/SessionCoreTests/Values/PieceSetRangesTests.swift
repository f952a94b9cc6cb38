import SessionCore
import Testing

@Suite struct PieceSetRangesTests {
    @Test("neighbours make one range, over word edges too")
    func ranges() {
        #expect(PieceSet().ranges() == [])
        #expect(PieceSet([0]).ranges() == [0...0])
        #expect(PieceSet([62, 63, 64, 65]).ranges() == [62...65])
        #expect(PieceSet([1, 2, 4, 63, 128]).ranges() == [1...2, 4...4, 63...63, 128...128])
        #expect(PieceSet(0..<64).ranges() == [0...63])
        #expect(PieceSet(0..<128).ranges() == [0...127])
    }

    @Test("what is missing is told below an end, wherever that lies")
    func missing() {
        #expect(PieceSet().missing(below: 0) == [])
        #expect(PieceSet().missing(below: 1) == [0...0])
        #expect(PieceSet().missing(below: 1_000_000) == [0...999_999])
        #expect(PieceSet([0, 63, 65]).missing(below: 64) == [1...62])
        #expect(PieceSet([0, 63, 65]).missing(below: 65) == [1...62, 64...64])
        #expect(PieceSet([0, 63, 65]).missing(below: 200) == [1...62, 64...64, 66...199])
        #expect(PieceSet(0..<64).missing(below: 64) == [])
        #expect(PieceSet(0..<64).missing(below: 65) == [64...64])
        #expect(PieceSet(0..<100).missing(below: 50) == [])
        #expect(PieceSet([5]).missing(below: .max) == [0...4, 6...(UInt64.max - 1)])
    }

    @Test("a limit cuts the list after so many ranges")
    func limit() {
        let set = PieceSet(stride(from: 0, to: 100, by: 2).map { UInt64($0) })
        #expect(set.ranges(limit: 0) == [])
        #expect(set.ranges(limit: 2) == [0...0, 2...2])
        #expect(set.ranges(limit: 50).count == 50)
        #expect(set.ranges(limit: 51).count == 50)
        #expect(set.missing(below: 100, limit: 0) == [])
        #expect(set.missing(below: 100, limit: 2) == [1...1, 3...3])
    }

    @Test("random inserts give what a plain set gives", arguments: UInt64(0)..<40)
    func againstPlainSet(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let span: UInt64 = [1, 63, 64, 65, 128, 300, 1000].randomElement(using: &random) ?? 64
        var set = PieceSet()
        var model: Set<UInt64> = []
        for _ in 0..<UInt64.random(in: 0..<2 * span, using: &random) {
            // Runs as well as single indices, so that full words come up.
            let first = UInt64.random(in: 0..<span, using: &random)
            let last = random.oneIn(4) ? min(span - 1, first + 70) : first
            for index in first...last {
                set.insert(index)
                model.insert(index)
            }
        }
        #expect(set.count == UInt64(model.count), "seed \(seed)")
        #expect(set.last == model.max(), "seed \(seed)")
        #expect(set.firstMissing == (0...span).first { !model.contains($0) }, "seed \(seed)")
        #expect((0..<span + 70).filter(set.contains) == model.sorted(), "seed \(seed)")
        #expect(set.ranges() == runs(of: model.sorted()), "seed \(seed)")
        #expect(PieceSet(words: set.words) == set, "seed \(seed)")
        for end in [0, 1, 63, 64, 65, span - 1, span, span + 1, span + 130] {
            let absent = (0..<end).filter { !model.contains($0) }
            #expect(set.missing(below: end) == runs(of: absent), "seed \(seed), below \(end)")
            #expect(set.missing(below: end, limit: 3) == Array(runs(of: absent).prefix(3)), "seed \(seed)")
        }
    }

    /// Ascending indices as ranges without neighbours, one index at a time.
    private func runs(of indices: [UInt64]) -> [ClosedRange<UInt64>] {
        var runs: [ClosedRange<UInt64>] = []
        for index in indices {
            if let last = runs.last, last.upperBound + 1 == index {
                runs[runs.count - 1] = last.lowerBound...index
            } else {
                runs.append(index...index)
            }
        }
        return runs
    }
}
