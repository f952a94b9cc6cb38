/// Numbers as people read them.
enum Quantities {
    /// `999 B`, `1.5 KiB`, `12.3 MiB`: four characters and a unit at most, rounded down.
    static func bytes(_ count: UInt64) -> String {
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count) / 1024
        var units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][...]
        while value >= 1000, units.count > 1 {
            value /= 1024
            units.removeFirst()
        }
        let tenths = UInt64(value * 10)
        let number = tenths < 1000 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
        return "\(number) \(units.first ?? "")"
    }

    /// `0:07`, `12:34`, `3 h 05 min`, `2 d 03 h`.
    static func time(seconds: UInt64) -> String {
        func padded(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return switch seconds {
        case ..<3600: "\(seconds / 60):\(padded(seconds % 60))"
        case ..<86_400: "\(seconds / 3600) h \(padded(seconds / 60 % 60)) min"
        default: "\(seconds / 86_400) d \(padded(seconds / 3600 % 24)) h"
        }
    }
}
