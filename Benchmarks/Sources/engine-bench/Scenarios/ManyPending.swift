import Measuring
import SessionCore
import Synchronization
import UploadCore
import Wharf

/// The cost of a million pending uploads for beginning another, opening the store, and sweeping it.
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
            "Uploads have idempotency keys. The pending ones belong to callers with \(Population.perClient) each, so that 10 callers are"
                + " all there are in the small store; who begins is drawn from 10 of them, or from all. Filling took"
                + " \(short(seconds)) s at process-crash, \(time(seconds / Double(manyCount))) each. Both stores are opened anew in"
                + " every round.")
        return outcome
    }

    /// Creates a store with `count` pending uploads through the catalogue's own `begin`.
    private func fill(_ name: String, _ count: Int) async throws -> Population {
        let store = try await bench.composedStore(name, .processCrash)
        let population = try await Population(of: count, in: store)
        await store.close()
        return population
    }

    private func compare(_ population: Population, _ durability: Durability) async throws -> [Row] {
        let fewPopulation = try await fill(Self.few, fewCount)
        var comparison = Comparison()
        for _ in 0..<bench.rounds {
            let few = try await open(Self.few, fewPopulation, durability, &comparison)
            let many = try await open(Self.many, population, durability, &comparison)
            bench.scratch.settle()
            let stores = [(Self.few, few, fewPopulation), (Self.many, many, population)]
            for turn in 0...bench.size(5, quick: 1) {
                for (name, store, population) in stores {
                    // The first turn warms the caches of the stores and does not count.
                    var ignored = Comparison()
                    if turn == 0 {
                        try await begin(name, store, population, &ignored)
                    } else {
                        try await begin(name, store, population, &comparison)
                    }
                }
            }
            for (name, store, population) in stores { try await sweep(name, store, population, &comparison) }
            await few.close()
            await many.close()
        }
        bench.scratch.remove(Self.few)
        let (few, many) = (decimals(Double(fewCount), 0), decimals(Double(manyCount), 0))
        func row(_ leg: String, _ what: String, goal: Row.Goal?) -> Row {
            let (peer, engine) = (Self.few + leg, Self.many + leg)
            return Row(
                what, durability, peer: "\(time(comparison.median(peer, \.secondsEach))) with \(few)",
                "\(time(comparison.median(engine, \.secondsEach))) with \(many)",
                ratio: comparison.ratio(of: engine, to: peer, \.secondsEach), goal: goal)
        }
        let opening = comparison.median(Self.many + Leg.open, \.seconds)
        return [
            row(Leg.one, "begin, one after the other, 10 callers", goal: .atMost(1.3)),
            row(Leg.oneOfAll, "begin, one after the other, all callers", goal: .atMost(1.3)),
            row(Leg.many, "begin, 64 at once, 10 callers, each", goal: .atMost(1.3)),
            row(Leg.manyOfAll, "begin, 64 at once, all callers, each", goal: .atMost(1.3)),
            row(Leg.open, "open, and a first status", goal: .fact("< 500 ms", isMet: opening < 0.5)),
            row(Leg.sweep, "sweep with 100 expired, each", goal: .atMost(1.3)),
            row(Leg.idleSweep, "sweep with none expired", goal: nil),
        ]
    }

    private enum Leg {
        static let (one, oneOfAll, many, manyOfAll) = (" one", " one of all", " many", " many of all")
        static let (open, sweep, idleSweep) = (" open", " sweep", " idle sweep")
    }

    // MARK: -

    private func open(
        _ name: String, _ population: Population, _ durability: Durability, _ comparison: inout Comparison
    ) async throws -> ComposedStore {
        var opened: ComposedStore?
        let cost = try await Cost.of {
            let store = try await bench.composedStore(name, durability)
            _ = try await store.uploads.status(of: population.someUpload, by: population.clients[0].caller)
            opened = store
            return 1
        }
        comparison.add(name + Leg.open, cost)
        guard let opened else { throw BenchError("a store that was opened is there") }
        return opened
    }

    private func begin(
        _ name: String, _ store: ComposedStore, _ population: Population, _ comparison: inout Comparison
    ) async throws {
        let everybody = population.clients.count
        let legs = [
            (Leg.one, 1, 10), (Leg.oneOfAll, 1, everybody), (Leg.many, 64, 10), (Leg.manyOfAll, 64, everybody),
        ]
        for (leg, callers, clients) in legs {
            let count = callers == 1 ? bench.size(100, quick: 20) : bench.size(1000, quick: 200)
            let begun = Mutex<[(SessionId, Client)]>([])
            let cost = try await Cost.of {
                try await Callers.call(callers, items: count) { _ in
                    let client = population.anyClient(ofFirst: clients)
                    let request = client.request(length: 100 << 20, key: Population.anyKey())
                    let id = try await store.uploads.beginUpload(request, by: client.caller).record.id
                    begun.withLock { $0.append((id, client)) }
                }
                return Double(count)
            }
            comparison.add(name + leg, cost)
            // Restores the number of pending uploads for the next leg.
            let uploads = begun.withLock { $0 }
            try await Callers.call(64, items: uploads.count) { number in
                try await store.uploads.abort(uploads[number].0, by: uploads[number].1.caller)
            }
        }
    }

    private func sweep(
        _ name: String, _ store: ComposedStore, _ population: Population, _ comparison: inout Comparison
    ) async throws {
        let long = SystemClock().now().advanced(byMilliseconds: -3 * store.uploads.limits.timeToLiveMilliseconds)
        try await population.add(100, to: store, seen: long)
        var expired = 0
        comparison.add(
            name + Leg.sweep,
            try await Cost.of {
                expired = try await store.uploads.maintenance.expire().count
                return Double(expired)
            })
        guard expired == 100 else { throw BenchError("a sweep ended \(expired) uploads of 100") }
        comparison.add(
            name + Leg.idleSweep,
            try await Cost.of { Double(try await store.uploads.maintenance.expire().count + 1) })
    }
}
