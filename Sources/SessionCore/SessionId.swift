/// The id of one session: 128 bits in the layout of a version 7 UUID (RFC 9562, section 5.7), that is 48 bits of
/// milliseconds since the epoch, the version, and 74 random bits around the variant.
///
/// Ids of a later millisecond sort later, which keeps inserts at the right edge of an index; the random bits make ids
/// unguessable. An id is never used for a second session.
public struct SessionId: Hashable, Comparable, Sendable {
    /// The more significant half: time, version, 12 random bits.
    public let high: UInt64
    /// The less significant half: variant, 62 random bits.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Draws a new id for the given time.
    public init(at time: Timestamp, using random: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(max(0, time.milliseconds)) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | random.next() & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.next() >> 2
    }

    public static func < (left: SessionId, right: SessionId) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

// MARK: - Text form: 32 lower-case hexadecimal digits

extension SessionId: CustomStringConvertible {
    /// Parses the 32 digits of `text`; nil for anything else, including upper case.
    public init?(text: some StringProtocol) {
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        for byte in text.utf8 {
            let digit: UInt64
            switch byte {
            case 0x30...0x39: digit = UInt64(byte - 0x30)
            case 0x61...0x66: digit = UInt64(byte - 0x61 + 10)
            default: return nil
            }
            if count < 16 {
                halves.high = halves.high << 4 | digit
            } else {
                halves.low = halves.low << 4 | digit
            }
            count += 1
            if count > 32 { return nil }
        }
        guard count == 32 else { return nil }
        self.init(high: halves.high, low: halves.low)
    }

    /// The same, for printing.
    public var description: String { text }

    public var text: String {
        var digits: [UInt8] = []
        digits.reserveCapacity(32)
        for half in [high, low] {
            for shift in stride(from: 60, through: 0, by: -4) {
                let digit = UInt8(half >> UInt64(shift) & 0xF)
                digits.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for half in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
            }
        }
        return bytes
    }
}
