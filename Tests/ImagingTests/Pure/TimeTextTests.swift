import ImagingWire
import Testing

@testable import Imaging

@Suite struct TimeTextTests {
    private func read(_ text: String, offset: String? = nil, subSecond: String? = nil) -> PictureTime? {
        TimeText.time(
            Array(text.utf8), offset: offset.map { Array($0.utf8) }, subSecond: subSecond.map { Array($0.utf8) })
    }

    private let noon = PictureTime(year: 2024, month: 5, day: 1, hour: 12, minute: 30, second: 45)

    @Test(arguments: [
        "2024:05:01 12:30:45", "2024-05-01 12:30:45", "2024/05/01 12:30:45", "2024.05.01 12.30.45",
        "2024-05-01T12:30:45", " 2024:05:01 12:30:45\0", "2024:05:01  12:30:45", "Wed May  1 12:30:45 2024",
        "Wed, 01 May 2024 12:30:45", "1 May 2024 12:30:45",
    ])
    func `spellings of a local time`(text: String) {
        #expect(read(text) == noon)
    }

    @Test(arguments: [
        ("2024-05-01T12:30:45+02:00", 120), ("2024-05-01T12:30:45Z", 0), ("2024:05:01 12:30:45-0930", -570),
        ("2024-05-01T12:30:45+05", 300), ("Wed, 1 May 2024 12:30:45 +0200", 120), ("1 May 2024 12:30:45 GMT", 0),
    ])
    func `spellings of a time with its zone`(text: String, zone: Int) {
        #expect(
            read(text)
                == PictureTime(year: 2024, month: 5, day: 1, hour: 12, minute: 30, second: 45, zoneMinutes: zone))
    }

    @Test func `the zone and the fraction come from fields of their own`() {
        #expect(read("2024:05:01 12:30:45", offset: "+02:00")?.zoneMinutes == 120)
        #expect(read("2024:05:01 12:30:45", offset: "   :  ")?.zoneMinutes == nil)
        #expect(read("2024:05:01 12:30:45", subSecond: "5 ")?.millisecond == 500)
        #expect(read("2024:05:01 12:30:45", subSecond: "123456")?.millisecond == 123)
        #expect(read("2024:05:01 12:30:45.25", subSecond: "9")?.millisecond == 250)
        #expect(read("2024:05:01 12:30:45", subSecond: "")?.millisecond == 0)
    }

    @Test func `times may end with the day or the minute`() {
        #expect(read("2024-05-01") == PictureTime(year: 2024, month: 5, day: 1, hour: 0, minute: 0, second: 0))
        #expect(read("2024-05-01T12:30") == PictureTime(year: 2024, month: 5, day: 1, hour: 12, minute: 30, second: 0))
    }

    @Test(arguments: [
        "", "    :  :     :  :  ", "0000:00:00 00:00:00", "2024:13:01 12:30:45", "2024:02:30 12:30:45",
        "2024:05:01 24:30:45", "2024:05:01 12:30:45 and more", "yesterday", "2024", "2024:05", "May", "+02:00",
        "2024:05:01 12:3", "\u{0}\u{0}", ":::::", "Mayday Mayday Mayday",
    ])
    func `anything else is no time`(text: String) {
        #expect(read(text) == nil)
    }

    @Test func `IPTC has its date and its time apart`() {
        let time = TimeText.iptc(date: Array("20240501".utf8), time: Array("123045+0200".utf8))
        #expect(time == PictureTime(year: 2024, month: 5, day: 1, hour: 12, minute: 30, second: 45, zoneMinutes: 120))
        #expect(TimeText.iptc(date: Array("20240501".utf8), time: nil)?.hour == 0)
        #expect(TimeText.iptc(date: Array("00000000".utf8), time: nil) == nil)
        #expect(TimeText.iptc(date: Array("2024".utf8), time: nil) == nil)
    }

    @Test func `every prefix and every changed byte of a time is a time or none`() {
        for text in ["2024-05-01T12:30:45.123+02:00", "Wed, 01 May 2024 12:30:45 +0200", "Wed May  1 12:30:45 2024"] {
            let bytes = Array(text.utf8)
            for count in 0...bytes.count { _ = TimeText.time(Array(bytes.prefix(count))) }
            for index in bytes.indices {
                for value in [0, 0x20, 0x2b, 0x39, 0x3a, 0xff] as [UInt8] {
                    var changed = bytes
                    changed[index] = value
                    if let time = TimeText.time(changed) { #expect((1...9999).contains(time.year)) }
                }
            }
        }
    }
}
