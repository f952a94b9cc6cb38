/// One of the alternatives that a comparison runs in turns.
package struct Leg {
    package let name: String
    package let run: () async throws -> Cost

    package init(_ name: String, _ run: @escaping () async throws -> Cost) {
        self.name = name
        self.run = run
    }
}

/// The costs of the legs of a comparison, round by round.
package struct Comparison {
    private var costs: [String: [Cost]] = [:]

    /// Interleaves the legs (A B C, A B C, …), so that other load on the machine affects all of them alike.
    ///
    /// - Parameters:
    ///   - warmUp: Rounds discarded before those that count.
    ///   - turns: Runs of a leg per measurement.
    package init(rounds: Int, warmUp: Int, turns: Int, _ legs: [Leg]) async throws {
        for round in -warmUp..<rounds {
            var sums: [String: Cost] = [:]
            for turn in 0..<turns {
                // Rotates the order, because a leg affects its successor, and no leg should always have the same
                // predecessor.
                let first = legs.isEmpty ? 0 : turn % legs.count
                for leg in legs[first...] + legs[..<first] {
                    let cost = try await leg.run()
                    sums[leg.name] = sums[leg.name].map { $0 + cost } ?? cost
                }
            }
            if round < 0 { continue }
            for (name, cost) in sums { add(name, cost) }
        }
    }

    package init() {}

    package mutating func add(_ name: String, _ cost: Cost) {
        costs[name, default: []].append(cost)
    }

    package func median(_ name: String, _ value: (Cost) -> Double) -> Double {
        Spread((costs[name] ?? []).map(value)).median
    }

    /// The ratio of one leg to another within each round.
    package func ratio(of name: String, to other: String, _ value: (Cost) -> Double) -> Spread {
        Spread(zip(costs[name] ?? [], costs[other] ?? []).map { value($0) / value($1) })
    }

    /// A value computed from the legs of each round; empty if a leg is missing.
    package func spread(_ names: [String], _ value: ([Cost]) -> Double) -> Spread {
        let columns = names.map { costs[$0] ?? [] }
        let rounds = columns.map(\.count).min() ?? 0
        return Spread((0..<rounds).map { round in value(columns.map { $0[round] }) })
    }
}

/// The median and the extremes of some measurements.
package struct Spread {
    package let median: Double
    package let low: Double
    package let high: Double

    package init(_ values: [Double]) {
        let sorted = values.sorted()
        low = sorted.first ?? .nan
        high = sorted.last ?? .nan
        median = sorted.isEmpty ? .nan : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}

/// The median and the 99th percentile of some measurements.
package struct Percentiles {
    package let p50: Double
    package let p99: Double

    package init(_ values: [Double]) {
        let sorted = values.sorted()
        p50 = sorted.isEmpty ? .nan : sorted[sorted.count / 2]
        p99 = sorted.isEmpty ? .nan : sorted[sorted.count * 99 / 100]
    }
}
