import Testing

@testable import WharfCommand

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("0", 0), ("17", 17), ("64KiB", 65_536), ("8MiB", 8 << 20), ("5GiB", 5 << 30), ("5TiB", 5 << 40),
            ("18446744073709551615", .max),
        ] as [(String, UInt64)])
    func `sizes are bytes or binary units`(_ text: String, _ bytes: UInt64) {
        #expect(Quantity.bytes(text) == bytes)
        #expect(Quantity.text(bytes: bytes) == text)
    }

    @Test(arguments: ["", "MiB", "8 MiB", "8MB", "8mib", "8.5MiB", "-1", "+1", "16777216TiB", "8MiB8", "٨MiB"])
    func `an invalid size is refused`(_ text: String) {
        #expect(Quantity.bytes(text) == nil)
    }

    @Test(
        arguments: [
            ("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("7d", 604_800_000), ("1001ms", 1001),
            ("90m", 5_400_000), ("0s", 0),
        ] as [(String, Int64)])
    func `durations require a unit`(_ text: String, _ milliseconds: Int64) {
        #expect(Quantity.milliseconds(text) == milliseconds)
        #expect(Quantity.text(milliseconds: milliseconds) == text)
    }

    @Test func `no duration needs no unit`() {
        #expect(Quantity.milliseconds("0") == 0)
    }

    @Test(arguments: ["", "30", "00", "s", "1.5h", "-1s", "30 s", "1h30m", "9223372036854775808ms", "106751991168d"])
    func `an invalid duration is refused`(_ text: String) {
        #expect(Quantity.milliseconds(text) == nil)
    }
}
