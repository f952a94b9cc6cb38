import Testing

@testable import WharfCommand

@Suite struct HumanReadableTests {
    @Test(
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (102_399, "99.9 KiB"),
            (102_400, "100 KiB"),
            (1_023_999, "999 KiB"), (1_024_000, "0.9 MiB"), (12_900_000, "12.3 MiB"), (1 << 40, "1.0 TiB"),
            (1 << 63, "8.0 EiB"),
        ] as [(UInt64, String)])
    func `bytes are short`(_ count: UInt64, _ text: String) {
        #expect(HumanReadable.bytes(count) == text)
    }

    @Test(
        arguments: [
            (0, "0:00"), (7, "0:07"), (754, "12:34"), (3599, "59:59"), (3600, "1 h 00 min"), (11_100, "3 h 05 min"),
            (86_400, "1 d 00 h"), (183_600, "2 d 03 h"),
        ] as [(UInt64, String)])
    func `times are short`(_ seconds: UInt64, _ text: String) {
        #expect(HumanReadable.time(seconds: seconds) == text)
    }
}
