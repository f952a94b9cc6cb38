/// One of the things that a comparison runs in turns.
struct Leg {
    let name: String
    let run: () async throws -> Cost

    init(_ name: String, _ run: @escaping () async throws -> Cost) {
        self.name = name
        self.run = run
    }
}

/// What the legs of a comparison took, round by round.
struct Comparison {
    private var costs: [String: [Cost]] = [:]

    /// Runs A B C, A B C, …: what else the machine does meets all of them alike.
    ///
    /// - Parameters:
    ///   - warmUp: Rounds before those that count.
    ///   - turns: How many runs of a leg make one measurement.
    init(rounds: Int, warmUp: Int, turns: Int, _ legs: [Leg]) async throws {
        for round in -warmUp..<rounds {
            var sums: [String: Cost] = [:]
            for turn in 0..<turns {
                // No leg is to come after the same one every time: what one leaves behind meets the next.
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

    init() {}

    mutating func add(_ name: String, _ cost: Cost) {
        costs[name, default: []].append(cost)
    }

    func median(_ name: String, _ value: (Cost) -> Double) -> Double {
        Spread((costs[name] ?? []).map(value)).median
    }

    /// One leg over another, within each round.
    func ratio(of name: String, to other: String, _ value: (Cost) -> Double) -> Spread {
        Spread(zip(costs[name] ?? [], costs[other] ?? []).map { value($0) / value($1) })
    }
}

/// The middle and the ends of some measurements.
struct Spread {
    let median: Double
    let low: Double
    let high: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        low = sorted.first ?? .nan
        high = sorted.last ?? .nan
        median = sorted.isEmpty ? .nan : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
