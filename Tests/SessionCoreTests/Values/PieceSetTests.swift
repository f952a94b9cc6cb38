import SessionCore
import Testing

@Suite struct PieceSetTests {
    @Test("an empty set holds nothing")
    func empty() {
        let set = PieceSet()
        #expect(set.count == 0)
        #expect(set.firstMissing == 0)
        #expect(set.last == nil)
        #expect(set.words == [])
        #expect(!set.contains(0))
        #expect(!set.contains(.max))
        #expect(set == PieceSet(words: []))
    }

    @Test("indices at the edges of a word are held by themselves", arguments: [0, 1, 62, 63, 64, 65, 127, 128, 129])
    func wordBoundaries(index: UInt64) {
        var set = PieceSet()
        set.insert(index)
        #expect((0..<200).filter { set.contains($0) } == [index])
        #expect(set.count == 1)
        #expect(set.last == index)
        #expect(set.firstMissing == (index == 0 ? 1 : 0))
        #expect(set.words.count == Int(index / 64) + 1)
    }

    @Test("inserting an index again changes nothing")
    func repeated() {
        var set = PieceSet([0, 1, 70])
        let before = set
        for index: UInt64 in [0, 1, 70] { set.insert(index) }
        #expect(set == before)
        #expect(set.count == 3)
    }

    @Test(
        "the first missing index follows the prefix over word edges", arguments: [1, 63, 64, 65, 128, 200] as [UInt64])
    func firstMissing(length: UInt64) {
        #expect(PieceSet(0..<length).firstMissing == length)
        #expect(PieceSet((0..<length).reversed()).firstMissing == length)
        var gap = PieceSet(1..<length + 1)
        #expect(gap.firstMissing == 0)
        gap.insert(0)
        #expect(gap.firstMissing == length + 1)
    }

    @Test("the order of insertion does not matter")
    func order() {
        #expect(PieceSet([300, 2, 64, 63]) == PieceSet([63, 64, 2, 300]))
        #expect(PieceSet([300, 2, 64, 63]).hashValue == PieceSet([63, 64, 2, 300]).hashValue)
    }

    @Test("600,000 pieces cost 75 kB in any order")
    func memory() {
        let count: UInt64 = 600_000
        var descending = PieceSet()
        for index in (0..<count).reversed() { descending.insert(index) }
        #expect(descending.words.count * MemoryLayout<UInt64>.size <= 75_008)
        #expect(descending.count == count)
        #expect(descending.firstMissing == count)
        #expect(descending.ranges() == [0...count - 1])
    }

    @Test("a set survives its own words")
    func wordsRoundTrip() {
        for indices: [UInt64] in [[], [0], [63], [64], [0, 63, 64, 65, 500], Array(0..<64), Array(0..<65)] {
            let set = PieceSet(indices)
            #expect(PieceSet(words: set.words) == set)
        }
    }

    @Test("zero words at the end are dropped, so that equal sets are equal")
    func trailingZeroWords() {
        #expect(PieceSet(words: [0, 0, 0]) == PieceSet())
        #expect(PieceSet(words: [0b101, 0, 0]) == PieceSet([0, 2]))
        #expect(PieceSet(words: [0b101, 0, 0]).words == [0b101])
        #expect(PieceSet(words: [0, 1, 0]).words == [0, 1])
    }

    @Test("a bitmap read back knows its count, last and first missing index")
    func derivedFromWords() {
        let set = PieceSet(words: [.max, 0b1011])
        #expect(set.count == 67)
        #expect(set.last == 67)
        #expect(set.firstMissing == 66)
    }
}
