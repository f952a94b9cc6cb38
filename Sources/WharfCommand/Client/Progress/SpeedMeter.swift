/// How fast bytes move, over the last seconds. Pure: the time is an argument.
struct SpeedMeter: Sendable {
    /// Long enough that one chunk's end does not make it jump, short enough to follow the network.
    static let windowMilliseconds: Int64 = 10_000

    private var samples: [(milliseconds: Int64, bytes: UInt64)] = []

    /// - Parameter bytes: Moved in all. Fewer than before is possible: a chunk that is sent again counts from its start.
    mutating func add(bytes: UInt64, at milliseconds: Int64) {
        samples.append((milliseconds, bytes))
        // One sample from before the window stays, so that the window is always covered.
        while samples.count > 2, samples[1].milliseconds <= milliseconds - Self.windowMilliseconds {
            samples.removeFirst()
        }
    }

    /// nil until enough time has passed to say.
    var bytesPerSecond: UInt64? {
        guard let first = samples.first, let last = samples.last, last.milliseconds - first.milliseconds >= 500 else {
            return nil
        }
        guard last.bytes > first.bytes else { return 0 }
        return UInt64(Double(last.bytes - first.bytes) * 1000 / Double(last.milliseconds - first.milliseconds))
    }

    /// nil while nothing moves.
    func secondsLeft(bytes: UInt64) -> UInt64? {
        guard let speed = bytesPerSecond, speed > 0 else { return nil }
        return (bytes + speed - 1) / speed
    }
}
