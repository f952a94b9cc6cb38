import UploadCore

/// When segments that could not be removed are tried again: the delay of each doubles with every failure that this engine
/// has seen. Other engines, and this one after a restart, begin with the first delay.
struct RemovalBackOff {
    static let firstMilliseconds: Int64 = 60_000
    static let longestMilliseconds: Int64 = 86_400_000
    /// With more keys all begin with the first delay.
    static let keysMax = 10_000

    private var failures: [ObjectKey: Int] = [:]

    mutating func delays(of keys: [ObjectKey]) -> [(key: ObjectKey, milliseconds: Int64)] {
        keys.map { key in
            if failures.count >= Self.keysMax, failures[key] == nil { failures = [:] }
            let count = failures[key, default: 0]
            failures[key] = count + 1
            // The exponent is bounded so that the shift cannot overflow.
            return (key, min(Self.longestMilliseconds, Self.firstMilliseconds << Int64(min(count, 20))))
        }
    }

    mutating func removed(_ keys: [ObjectKey]) {
        if failures.isEmpty { return }
        for key in keys { failures[key] = nil }
    }
}
