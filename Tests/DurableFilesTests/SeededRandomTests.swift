import Testing
import UploadTestKit

@Suite struct SeededRandomTests {
    @Test func `the same seed gives the same numbers, and another seed others`() {
        var one = SeededRandom(seed: 7)
        var same = SeededRandom(seed: 7)
        var other = SeededRandom(seed: 8)
        let numbers = (0..<16).map { _ in one.next() }
        let again = (0..<16).map { _ in same.next() }
        let others = (0..<16).map { _ in other.next() }
        #expect(numbers == again)
        #expect(numbers != others)
    }

    @Test func `the numbers are those of SplitMix64, so that seeds keep their meaning`() {
        var random = SeededRandom(seed: 1_234_567)
        let numbers = [random.next(), random.next()]
        #expect(numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973])
    }

    @Test func `a chance of nothing never comes, and one of everything always does`() {
        var random = SeededRandom(seed: 1)
        #expect((0..<1000).count { _ in random.chance(0) } == 0)
        #expect((0..<1000).count { _ in random.chance(1) } == 1000)
        let hits = (0..<10_000).count { _ in random.chance(0.25) }
        #expect((2200...2800).contains(hits))
    }

    @Test func `a bounded number reaches both ends of its range and nothing outside`() {
        var random = SeededRandom(seed: 3)
        let drawn = Set((0..<500).map { _ in random.within(-2...2) })
        #expect(drawn == [-2, -1, 0, 1, 2])
    }
}
