import SessionCore
import UploadCore
import Wharf

/// What a million pending uploads cost those who begin another, open the store, or sweep it.
struct ManyPending {
    private static let few = "few"
    private static let many = "many"

    private let bench: Bench
    private let fewCount: Int
    private let manyCount: Int

    init(_ bench: Bench) {
        self.bench = bench
        fewCount = bench.size(1000, quick: 500)
        manyCount = bench.size(1_000_000, quick: 5000)
    }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        let filling = Stopwatch()
        let population = try await fill(Self.many, manyCount)
        let seconds = filling.seconds
        for durability in Durability.both { outcome.rows += try await compare(population, durability) }
        bench.scratch.remove(Self.many)
        outcome.remarks.append(
            "Pending uploads have idempotency keys and belong to callers with \(Population.perClient) each; who begins is drawn from"
                + " all of them. Filling took \(short(seconds)) s at process-crash,"
                + " \(time(seconds / Double(manyCount))) each. Both stores are opened anew in every round.")
        return outcome
    }

    /// Makes a store with so many pending uploads, through the catalogue's own verb.
    private func fill(_ name: String, _ count: Int) async throws -> Population {
        let store = try await bench.store(name, .processCrash)
        let population = try await Population(of: count, in: store)
        await store.close()
        return population
    }

    private func compare(_ population: Population, _ durability: Durability) async throws -> [Row] {
        var comparison = Comparison()
        for _ in 0..<bench.rounds {
            let fewPopulation = try await fill(Self.few, fewCount)
            let few = try await open(Self.few, fewPopulation, durability, &comparison)
            let many = try await open(Self.many, population, durability, &comparison)
            bench.scratch.settle()
            for (name, store, population) in [(Self.few, few, fewPopulation), (Self.many, many, population)] {
                try await begin(name, store, population, &comparison)
                try await sweep(name, store, population, &comparison)
            }
            await few.close()
            await many.close()
            bench.scratch.remove(Self.few)
        }
        let (few, many) = (decimals(Double(fewCount), 0), decimals(Double(manyCount), 0))
        func row(_ leg: String, _ what: String, goal: Row.Goal?) -> Row {
            let (peer, engine) = (Self.few + leg, Self.many + leg)
            return Row(
                what, durability, peer: "\(time(comparison.median(peer, \.secondsEach))) with \(few)",
                engine: "\(time(comparison.median(engine, \.secondsEach))) with \(many)",
                ratio: comparison.ratio(of: engine, to: peer, \.secondsEach), goal: goal)
        }
        let opening = comparison.median(Self.many + Leg.open, \.seconds)
        return [
            row(Leg.one, "begin, one after the other", goal: .atMost(1.3)),
            row(Leg.oneKeyed, "begin with a key, one after the other", goal: .atMost(1.3)),
            row(Leg.all, "begin, 64 at once, each", goal: .atMost(1.3)),
            row(Leg.allKeyed, "begin with a key, 64 at once, each", goal: .atMost(1.3)),
            row(Leg.open, "open, and a first status", goal: .fact("< 500 ms", isMet: opening < 0.5)),
            row(Leg.sweep, "sweep with 100 expired, each", goal: .atMost(1.3)),
            row(Leg.idleSweep, "sweep with none expired", goal: nil),
        ]
    }

    private enum Leg {
        static let (one, oneKeyed, all, allKeyed) = (" one", " one keyed", " all", " all keyed")
        static let (open, sweep, idleSweep) = (" open", " sweep", " idle sweep")
    }

    // MARK: -

    private func open(
        _ name: String, _ population: Population, _ durability: Durability, _ comparison: inout Comparison
    ) async throws -> EmbeddedStore {
        var opened: EmbeddedStore?
        let cost = try await Cost.of {
            let store = try await bench.store(name, durability)
            _ = try await store.uploads.status(of: population.someUpload, by: population.clients[0].caller)
            opened = store
            return 1
        }
        comparison.add(name + Leg.open, cost)
        guard let opened else { throw BenchError("a store that was opened is there") }
        return opened
    }

    private func begin(
        _ name: String, _ store: EmbeddedStore, _ population: Population, _ comparison: inout Comparison
    ) async throws {
        let legs = [(Leg.one, 1, false), (Leg.oneKeyed, 1, true), (Leg.all, 64, false), (Leg.allKeyed, 64, true)]
        for (leg, callers, isKeyed) in legs {
            let count = callers == 1 ? bench.size(400, quick: 20) : bench.size(4000, quick: 200)
            // The store's caches are those of a store in use: the first calls are not measured.
            try await begin(count / 4, callers, isKeyed, store, population)
            let cost = try await Cost.of {
                try await begin(count, callers, isKeyed, store, population)
                return Double(count)
            }
            comparison.add(name + leg, cost)
        }
    }

    private func begin(
        _ count: Int, _ callers: Int, _ isKeyed: Bool, _ store: EmbeddedStore, _ population: Population
    ) async throws {
        try await Callers.call(callers, items: count) { _ in
            let client = population.anyClient()
            let request = client.request(length: 100 << 20, key: isKeyed ? Population.anyKey() : nil)
            _ = try await store.uploads.beginUpload(request, by: client.caller)
        }
    }

    private func sweep(
        _ name: String, _ store: EmbeddedStore, _ population: Population, _ comparison: inout Comparison
    ) async throws {
        let long = SystemClock().now().advanced(byMilliseconds: -3 * store.uploads.limits.timeToLiveMilliseconds)
        try await population.add(100, to: store, seen: long)
        var expired = 0
        comparison.add(
            name + Leg.sweep,
            try await Cost.of {
                expired = try await store.uploads.sessions.cleanupExpiredSessions().count
                return Double(expired)
            })
        guard expired == 100 else { throw BenchError("a sweep ended \(expired) uploads of 100") }
        comparison.add(
            name + Leg.idleSweep,
            try await Cost.of { Double(try await store.uploads.sessions.cleanupExpiredSessions().count + 1) })
    }
}
