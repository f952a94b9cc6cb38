import Measuring
import UploadCore
import Wharf

/// Small uploads of many callers, against a disk that syncs once per upload.
struct SmallUploads {
    private static let callers = 64

    private let bench: Bench
    private let seconds: Double
    private let content = Content.make(4096)

    init(_ bench: Bench) {
        self.bench = bench
        seconds = bench.size(0.4, quick: 0.2)
    }

    func run() async throws -> Outcome {
        var outcome = Outcome()
        for durability in Durability.both {
            let store = try await bench.store("small", durability)
            var clients: [Client] = []
            for caller in 0..<Self.callers { clients.append(try await store.newcomer("caller \(caller)")) }
            outcome.rows += try await compare(store, clients, durability)
            await store.close()
            bench.scratch.remove("small")
        }
        outcome.remarks.append(
            "The floor is the fastest way to give each upload a sync of its own, one after the other: `pwrite` of 4 KiB at the end of a"
                + " file, `fdatasync`. At process-crash nothing syncs, so there is no such floor.")
        return outcome
    }

    private func compare(
        _ store: EmbeddedStore, _ clients: [Client], _ durability: Durability
    ) async throws -> [Row] {
        var legs = [whole(store, clients), threeCalls(store, clients)]
        if durability == .powerLoss { legs = [append, create(syncsNames: false), create(syncsNames: true)] + legs }
        let comparison = try await bench.compare(more: 4, legs)
        func rate(_ leg: String) -> String { decimals(comparison.median(leg, \.perSecond), 0) + "/s" }
        func cpu(_ leg: String) -> String { time(comparison.median(leg, \.cpuEach)) }

        return [("whole", "`putWhole`"), ("three calls", "begin, `putChunk`, commit")].flatMap { leg, what in
            guard durability == .powerLoss else {
                return [
                    Row("uploads, \(what)", durability, rate(leg)),
                    Row("… CPU each", durability, cpu(leg)),
                ]
            }
            func against(_ peer: String) -> Spread { comparison.ratio(of: leg, to: peer, \.perSecond) }
            return [
                Row(
                    "uploads, \(what)", durability, peer: "\(rate("append")) append, sync", rate(leg),
                    ratio: against("append"), goal: .atLeast(20)),
                Row(
                    "…", durability, peer: "\(rate("create")) create, write, sync, close", rate(leg),
                    ratio: against("create")),
                Row(
                    "…", durability, peer: "\(rate("create and name")) the same, and sync the directory",
                    rate(leg), ratio: against("create and name")),
                Row(
                    "… CPU each", durability, peer: "\(cpu("append")) append, sync", cpu(leg),
                    ratio: comparison.ratio(of: leg, to: "append", \.cpuEach)),
            ]
        }
    }

    // MARK: - Legs

    private var append: Leg {
        Leg("append") { [self] in
            let file = try BareFile(making: bench.scratch.path + "/appended")
            defer {
                file.end()
                file.remove()
            }
            return try await Cost.of {
                let watch = Stopwatch()
                var count = 0
                while watch.seconds < seconds {
                    try file.write(content, at: count * content.count)
                    try file.sync()
                    count += 1
                }
                return Double(count)
            }
        }
    }

    private func create(syncsNames: Bool) -> Leg {
        Leg(syncsNames ? "create and name" : "create") { [self] in
            let directory = bench.scratch.path
            var made: [BareFile] = []
            defer { for file in made { file.remove() } }
            return try await Cost.of {
                let watch = Stopwatch()
                while watch.seconds < seconds {
                    let file = try BareFile(making: directory + "/made-\(made.count)")
                    made.append(file)
                    try file.write(content, at: 0)
                    try file.sync()
                    file.end()
                    if syncsNames { try BareFile.sync(directory: directory) }
                }
                return Double(made.count)
            }
        }
    }

    private func whole(_ store: EmbeddedStore, _ clients: [Client]) -> Leg {
        engine("whole") { [content] caller in
            let client = clients[caller]
            let request = client.request(length: UInt64(content.count))
            _ = try await store.uploads.putWhole(request, content, by: client.caller)
        }
    }

    private func threeCalls(_ store: EmbeddedStore, _ clients: [Client]) -> Leg {
        engine("three calls") { [content] caller in
            let client = clients[caller]
            let request = client.request(length: UInt64(content.count))
            let id = try await store.uploads.beginUpload(request, by: client.caller).record.id
            try await store.uploads.putChunk(id, index: 0, content, by: client.caller)
            _ = try await store.uploads.commit(id, by: client.caller)
        }
    }

    private func engine(_ name: String, _ work: @escaping @Sendable (Int) async throws -> Void) -> Leg {
        Leg(name) { [self] in
            try await Cost.of { try await Callers.call(Self.callers, seconds: seconds, work) }
        }
    }
}
