import Synchronization

/// What is counted, as the exposition format names its kinds.
enum InstrumentKind: String, Sendable {
    case counter, gauge, histogram
}

/// Something that can be counted with, from any thread, and written out.
protocol Instrument: Sendable {
    static var kind: InstrumentKind { get }
    /// Whether it was ever used.
    var isUsed: Bool { get }
    func write(_ name: String, _ labels: [Label], into text: inout Exposition)
}

/// Only grows.
final class Counter: Instrument {
    static let kind = InstrumentKind.counter
    private let count = Atomic<UInt64>(0)

    func add(_ more: UInt64 = 1) {
        count.wrappingAdd(more, ordering: .relaxed)
    }

    var value: UInt64 { count.load(ordering: .relaxed) }
    var isUsed: Bool { value > 0 }

    func write(_ name: String, _ labels: [Label], into text: inout Exposition) {
        text.sample(name, labels, "\(value)")
    }
}

/// Goes up and down.
final class Gauge: Instrument {
    static let kind = InstrumentKind.gauge
    private let count = Atomic<Int64>(0)

    func add(_ more: Int64) {
        count.wrappingAdd(more, ordering: .relaxed)
    }

    var value: Int64 { count.load(ordering: .relaxed) }
    var isUsed: Bool { true }

    func write(_ name: String, _ labels: [Label], into text: inout Exposition) {
        text.sample(name, labels, "\(value)")
    }
}

/// Counts answers by the class of their status.
final class StatusCounter: Instrument {
    static let kind = InstrumentKind.counter
    private let classes = (0..<6).map { _ in Counter() }

    func add(_ status: Int) {
        classes[(100..<600).contains(status) ? status / 100 : 0].add()
    }

    var isUsed: Bool { classes.contains { $0.isUsed } }

    func write(_ name: String, _ labels: [Label], into text: inout Exposition) {
        for (number, counter) in classes.enumerated() where counter.isUsed {
            // 0: the connection ended without an answer.
            counter.write(name, labels + [Label("status", number == 0 ? "none" : "\(number)xx")], into: &text)
        }
    }
}
