import SessionCore
import Testing

@Suite struct SessionIdTests {
    private func id(at milliseconds: Int64, _ random: UInt64...) -> SessionId {
        var scripted = ScriptedRandom(numbers: random)
        return SessionId(at: Timestamp(milliseconds: milliseconds), using: &scripted)
    }

    @Test("time, version, random bits and variant lie where RFC 9562 puts them")
    func layout() {
        let time: Int64 = 0x0123_4567_89AB
        #expect(id(at: time, 0, 0).text == "0123456789ab70008000000000000000")
        #expect(id(at: time, .max, .max).text == "0123456789ab7fffbfffffffffffffff")
    }

    @Test("the version is 7 and the variant is 10, whatever is drawn")
    func versionAndVariant() {
        var random = SplitMix64(seed: 2)
        for _ in 0..<1000 {
            let time = Timestamp(milliseconds: Int64.random(in: 0..<1 << 48, using: &random))
            let id = SessionId(at: time, using: &random)
            #expect(id.high >> 16 == UInt64(time.milliseconds))
            #expect(id.high >> 12 & 0xF == 7)
            #expect(id.low >> 62 == 0b10)
        }
    }

    @Test("74 bits vary from id to id, and no other")
    func randomBits() {
        var random = SplitMix64(seed: 3)
        var ones: (high: UInt64, low: UInt64) = (0, 0)
        var zeros = ones
        for _ in 0..<1000 {
            let id = SessionId(at: Timestamp(milliseconds: 1_700_000_000_000), using: &random)
            ones = (ones.high | id.high, ones.low | id.low)
            zeros = (zeros.high | ~id.high, zeros.low | ~id.low)
        }
        let varying = (high: ones.high & zeros.high, low: ones.low & zeros.low)
        #expect(varying.high == 0x0FFF)
        #expect(varying.low == 0x3FFF_FFFF_FFFF_FFFF)
        #expect(varying.high.nonzeroBitCount + varying.low.nonzeroBitCount == 74)
    }

    @Test("an id made a millisecond later sorts later, whatever is drawn")
    func timeOrder() {
        let times: [Int64] = [0, 1, 255, 256, 65_535, 65_536, 1_700_000_000_000, 1_700_000_000_001]
        for (earlier, later) in zip(times, times.dropFirst()) {
            #expect(id(at: earlier, .max, .max) < id(at: later, 0, 0))
        }
    }

    @Test("ids of one millisecond are ordered by their random bits, high half first")
    func orderWithinOneMillisecond() {
        #expect(id(at: 5, 0, .max) < id(at: 5, 1, 0))
        #expect(id(at: 5, 1, 0) < id(at: 5, 1, 4))
        #expect(!(id(at: 5, 1, 4) < id(at: 5, 1, 4)))
    }

    @Test("the text of ids sorts as the ids do")
    func textOrder() {
        var random = SplitMix64(seed: 4)
        let ids = (0..<500).map { _ in
            SessionId(at: Timestamp(milliseconds: Int64.random(in: 0..<1 << 48, using: &random)), using: &random)
        }
        #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
    }

    @Test("100,000 ids of one millisecond are distinct")
    func distinct() {
        var random = SplitMix64(seed: 5)
        let time = Timestamp(milliseconds: 1_700_000_000_000)
        var seen: Set<SessionId> = []
        for _ in 0..<100_000 { seen.insert(SessionId(at: time, using: &random)) }
        #expect(seen.count == 100_000)
    }

    @Test(
        "a time before 1970 counts as 1970, one past 48 bits keeps its low 48",
        arguments: [
            (Int64(-1), UInt64(0)), (.min, 0), (.max, 0xFFFF_FFFF_FFFF), (1 << 48 - 1, 0xFFFF_FFFF_FFFF), (1 << 48, 0),
        ])
    func unusualTimes(milliseconds: Int64, kept: UInt64) {
        let id = id(at: milliseconds, 0, 0)
        #expect(id.high >> 16 == kept)
        #expect(id.high & 0xF000 == 0x7000)
    }
}
