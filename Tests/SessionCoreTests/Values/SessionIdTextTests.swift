import SessionCore
import Testing

@Suite struct SessionIdTextTests {
    @Test("an id survives its own text")
    func roundTrip() {
        var random = SplitMix64(seed: 6)
        for _ in 0..<1000 {
            let id = SessionId(high: random.next(), low: random.next())
            #expect(SessionId(text: id.text) == id)
        }
        for id in [SessionId(high: 0, low: 0), SessionId(high: .max, low: .max), SessionId(high: 0, low: 1)] {
            #expect(id.text.utf8.count == 32)
            #expect(SessionId(text: id.text) == id)
        }
    }

    @Test("the text is 32 lower-case digits, most significant first")
    func text() {
        let id = SessionId(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
        #expect(id.text == "0123456789abcdeffedcba9876543210")
    }

    @Test("the bytes are the digits of the text, two a byte")
    func bytes() {
        let id = SessionId(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
        let ascending: [UInt8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF]
        #expect(id.bytes == ascending + [0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10])
    }

    @Test("part of a longer text is read as well")
    func substring() {
        let line = "id=0123456789abcdeffedcba9876543210;"
        #expect(SessionId(text: line.dropFirst(3).dropLast())?.high == 0x0123_4567_89AB_CDEF)
    }

    @Test(
        "text of another shape is not an id",
        arguments: [
            "", "0", String(repeating: "0", count: 31), String(repeating: "0", count: 33),
            String(repeating: "a", count: 64), "0123456789ABCDEFFEDCBA9876543210", "0123456789abcdeffedcba987654321F",
            "0123456789abcdefgedcba9876543210", " 123456789abcdeffedcba9876543210", "0123456789abcdeffedcba987654321\n",
            "01234567-89ab-cdef-fedc-ba9876543210", "0x23456789abcdeffedcba9876543210",
            "/123456789abcdeffedcba9876543210",
            ":123456789abcdeffedcba9876543210", "`123456789abcdeffedcba9876543210",
            "\0" + String(repeating: "0", count: 31),
        ])
    func refused(text: String) {
        #expect(SessionId(text: text) == nil)
    }

    @Test(
        "digits of other scripts are not digits",
        arguments: [
            String(repeating: "\u{663}", count: 16), String(repeating: "0", count: 31) + "\u{FF13}",
            String(repeating: "0", count: 30) + "\u{E9}", String(repeating: "0", count: 31) + "0\u{301}",
            String(repeating: "0", count: 31) + "\u{430}",
        ])
    func refusedUnicode(text: String) {
        #expect(SessionId(text: text) == nil)
    }
}
