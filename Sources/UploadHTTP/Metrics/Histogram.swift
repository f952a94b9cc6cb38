/// Counts how often something had about which size. Sizes are whole numbers of a small unit, so that their sum needs no lock;
/// they are written in a larger one.
final class Histogram: Instrument {
    static let kind = InstrumentKind.histogram

    /// Upper bounds of the buckets, each included, and how many small units make one that is written.
    struct Scale: Sendable {
        let bounds: [UInt64]
        let unit: Double

        /// Of times that are measured in nanoseconds and written in seconds.
        static func seconds(microseconds: [UInt64]) -> Scale {
            Scale(bounds: microseconds.map { $0 * 1000 }, unit: 1_000_000_000)
        }

        static func plain(_ bounds: [UInt64]) -> Scale {
            Scale(bounds: bounds, unit: 1)
        }
    }

    private let scale: Scale
    /// One for each bound, and one for what exceeds them all.
    private let buckets: [Counter]
    private let sum = Counter()

    init(_ scale: Scale) {
        self.scale = scale
        buckets = (0...scale.bounds.count).map { _ in Counter() }
    }

    func record(_ size: UInt64) {
        sum.add(size)
        buckets[scale.bounds.firstIndex { size <= $0 } ?? scale.bounds.count].add()
    }

    var isUsed: Bool { buckets.contains { $0.isUsed } }

    func write(_ name: String, _ labels: [Label], into text: inout Exposition) {
        // The count is that of the buckets as they are read here, so that it cannot contradict them.
        var count: UInt64 = 0
        for (index, bucket) in buckets.enumerated() {
            count += bucket.value
            let isLast = index == scale.bounds.count
            let bound = isLast ? "+Inf" : Exposition.number(Double(scale.bounds[index]) / scale.unit)
            text.sample(name + "_bucket", labels + [Label("le", bound)], "\(count)")
        }
        text.sample(name + "_sum", labels, Exposition.number(Double(sum.value) / scale.unit))
        text.sample(name + "_count", labels, "\(count)")
    }
}
