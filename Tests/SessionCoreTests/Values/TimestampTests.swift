import SessionCore
import Testing

@Suite struct TimestampTests {
    @Test("a timestamp moves by milliseconds, forward and back")
    func advances() {
        let noon = Timestamp(milliseconds: 1_000)
        #expect(noon.advanced(byMilliseconds: 250) == Timestamp(milliseconds: 1_250))
        #expect(noon.advanced(byMilliseconds: -1_250) == Timestamp(milliseconds: -250))
        #expect(noon.advanced(byMilliseconds: 0) == noon)
    }

    @Test("past the representable range a timestamp stays at its end")
    func saturates() {
        let last = Timestamp(milliseconds: .max)
        let first = Timestamp(milliseconds: .min)
        #expect(last.advanced(byMilliseconds: 1) == last)
        #expect(Timestamp(milliseconds: 1).advanced(byMilliseconds: .max) == last)
        #expect(first.advanced(byMilliseconds: -1) == first)
        #expect(Timestamp(milliseconds: -1).advanced(byMilliseconds: .min) == first)
        #expect(last.advanced(byMilliseconds: .min) == Timestamp(milliseconds: -1))
    }

    @Test("timestamps are ordered as their milliseconds are")
    func order() {
        let milliseconds: [Int64] = [.min, -1, 0, 1, .max]
        let shuffled = [4, 0, 3, 1, 2].map { Timestamp(milliseconds: milliseconds[$0]) }
        #expect(shuffled.sorted().map(\.milliseconds) == milliseconds)
    }
}
