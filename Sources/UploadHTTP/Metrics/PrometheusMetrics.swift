public import CoreMetrics
import Synchronization

/// A metrics backend that writes Prometheus's text exposition format, version 0.0.4. `wharf serve` uses it.
///
///     let prometheus = PrometheusMetrics()
///     let metrics = ServerMetrics(factory: prometheus)
///     …
///     prometheus.text()
///
/// Families are written in the order of `MetricFamily.all`, others after them in the order of their creation. Counters
/// and histograms with labels are written once they have been used.
public final class PrometheusMetrics: MetricsFactory {
    /// The content type of `text()`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct State {
        var families = MetricFamily.all.map { (family: $0, series: [any PrometheusSeries]()) }
        /// The same series, by kind, name and labels.
        var byLabels: [String: any PrometheusSeries] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, kind: .counter) { _ in PrometheusCounter(dimensions) }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, kind: .gauge) { _ in PrometheusGauge(dimensions) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, kind: .histogram) { PrometheusHistogram(dimensions, $0.scale ?? .waits) }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return series(label, dimensions, kind: .gauge) { _ in PrometheusGauge(dimensions) } }
        return series(label, dimensions, kind: .histogram) { PrometheusHistogram(dimensions, $0.scale ?? .counts) }
    }

    // Series stay for the life of the process: a counter must not fall.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// All metrics, for a scrape.
    public func text() -> String {
        let families = state.withLock { $0.families }
        var text = Exposition()
        for (family, series) in families {
            text.family(family)
            for series in series where series.labels.isEmpty || series.isUsed { series.write(family.name, into: &text) }
        }
        return text.text
    }

    /// The series of a label and dimensions; the same one each time.
    private func series<Series: PrometheusSeries>(
        _ name: String, _ labels: [(String, String)], kind: MetricFamily.Kind,
        _ make: (MetricFamily) -> Series
    ) -> Series {
        state.withLock { state in
            let index: Int
            if let known = state.families.firstIndex(where: { $0.family.name == name }) {
                index = known
            } else {
                index = state.families.count
                state.families.append((MetricFamily(name: name, kind: kind, help: name), []))
            }
            // Several hundred series are made at the start: none is searched for.
            let key = labels.reduce("\(kind) \(name)") { "\($0)\0\($1.0)\0\($1.1)" }
            if let existing = state.byLabels[key] as? Series { return existing }
            let series = make(state.families[index].family)
            state.families[index].series.append(series)
            state.byLabels[key] = series
            return series
        }
    }
}

/// A time series. Thread-safe.
private protocol PrometheusSeries: AnyObject, Sendable {
    var labels: [(String, String)] { get }
    var isUsed: Bool { get }
    func write(_ name: String, into text: inout Exposition)
}

private final class PrometheusCounter: PrometheusSeries, CounterHandler {
    let labels: [(String, String)]
    private let count = Atomic<Int64>(0)

    init(_ labels: [(String, String)]) { self.labels = labels }

    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }

    var value: Int64 { count.load(ordering: .relaxed) }
    var isUsed: Bool { value > 0 }

    func write(_ name: String, into text: inout Exposition) { text.sample(name, labels, "\(value)") }
}

private final class PrometheusGauge: PrometheusSeries, MeterHandler, RecorderHandler {
    let labels: [(String, String)]
    private let value = Mutex(0.0)

    init(_ labels: [(String, String)]) { self.labels = labels }

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ new: Int64) { set(new) }
    func record(_ new: Double) { set(new) }

    var isUsed: Bool { true }

    func write(_ name: String, into text: inout Exposition) {
        text.sample(name, labels, Exposition.number(value.withLock { $0 }))
    }
}

/// Records whole numbers in the scale's unit, so that their sum needs no lock.
private final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    let labels: [(String, String)]
    private let scale: MetricFamily.Scale
    /// One for each bound, and one for larger values.
    private let buckets: [PrometheusCounter]
    private let sum = Atomic<UInt64>(0)

    init(_ labels: [(String, String)], _ scale: MetricFamily.Scale) {
        self.labels = labels
        self.scale = scale
        buckets = (0...scale.bounds.count).map { _ in PrometheusCounter([]) }
    }

    func recordNanoseconds(_ duration: Int64) { record(duration) }

    func record(_ value: Double) {
        // Converting a value that is no `Int64`, such as an infinity, would trap.
        record(Int64(exactly: value.rounded(.towardZero)) ?? (value > 0 ? Int64.max : 0))
    }

    func record(_ value: Int64) {
        let size = UInt64(max(0, value))
        sum.wrappingAdd(size, ordering: .relaxed)
        buckets[scale.bounds.firstIndex { size <= $0 } ?? scale.bounds.count].increment(by: 1)
    }

    var isUsed: Bool { buckets.contains { $0.isUsed } }

    func write(_ name: String, into text: inout Exposition) {
        // The sum of the buckets as they are read here, so that the count cannot contradict them.
        var count: Int64 = 0
        for (index, bucket) in buckets.enumerated() {
            count += bucket.value
            let isLast = index == scale.bounds.count
            let bound = isLast ? "+Inf" : Exposition.number(Double(scale.bounds[index]) / scale.unit)
            text.sample(name + "_bucket", labels + [("le", bound)], "\(count)")
        }
        text.sample(name + "_sum", labels, Exposition.number(Double(sum.load(ordering: .relaxed)) / scale.unit))
        text.sample(name + "_count", labels, "\(count)")
    }
}

private struct Exposition {
    private(set) var text = ""

    mutating func family(_ family: MetricFamily) {
        let help = Self.escaped(family.help, quotes: false)
        text += "# HELP \(family.name) \(help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    /// Without the “.0” of whole numbers.
    static func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
