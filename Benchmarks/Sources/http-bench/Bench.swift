import Crypto
import Measuring
import UploadCore

/// The shared environment of all scenarios.
struct Bench {
    let options: Options
    let scratch: Scratch
    private let names = Counter()

    init(_ options: Options) throws(BenchError) {
        self.options = options
        scratch = try Scratch(in: options.directory)
    }

    /// The full size, or the reduced one in a quick run.
    func size<Value>(_ full: Value, quick: Value) -> Value { options.isQuick ? quick : full }

    var rounds: Int { size(options.rounds, quick: 1) }

    /// A number for the name of a directory that no other one of this run has.
    func nextName() -> Int { names.next() }

    /// Runs legs in turns, after a warm-up round.
    ///
    /// - Parameter turns: Runs of a leg per measurement.
    func compare(turns: Int = 1, _ legs: [Leg]) async throws -> Comparison {
        try await Comparison(
            rounds: rounds, warmUp: size(1, quick: 0), turns: turns,
            legs.filter { options.legs.isEmpty || options.legs.contains($0.name) })
    }

    /// Runs `body` with both servers, each on an empty directory.
    ///
    /// - Parameter certificate: For a second port with TLS; nil for none.
    func withServers<Value>(
        _ durability: Durability, certificate: Certificate? = nil, _ body: (Nginx, Wharf) async throws -> Value
    ) async throws -> Value {
        try await withNginx(certificate) { nginx in
            let name = "wharf-\(nextName())"
            defer { scratch.remove(name) }
            let wharf = try Wharf(in: scratch.path + "/" + name, durability, certificate)
            defer { wharf.server.stop() }
            return try await body(nginx, wharf)
        }
    }

    /// Runs `body` with a server at power-loss whose bytes all pass through the page cache; with nil at process-crash, where
    /// those of every server do.
    func withPageCache<Value>(
        _ durability: Durability, _ body: (Wharf?) async throws -> Value
    ) async throws -> Value {
        guard durability == .powerLoss else { return try await body(nil) }
        let name = "page-cache-\(nextName())"
        defer { scratch.remove(name) }
        let wharf = try Wharf(in: scratch.path + "/" + name, durability, writesDirectly: false)
        defer { wharf.server.stop() }
        return try await body(wharf)
    }

    /// Runs `body` with nginx alone, on an empty directory.
    func withNginx<Value>(
        _ certificate: Certificate? = nil, _ body: (Nginx) async throws -> Value
    ) async throws -> Value {
        let name = "nginx-\(nextName())"
        defer { scratch.remove(name) }
        let nginx = try Nginx(in: scratch.path + "/" + name, certificate)
        defer { nginx.server.stop() }
        return try await body(nginx)
    }

    /// Runs `body` with the floor of both servers: once without a hash, and once with the hash of one stream at a time.
    func withFloors<Value>(_ durability: Durability, _ body: (Floors) async throws -> Value) async throws -> Value {
        let name = "floor-\(nextName())"
        defer {
            scratch.remove(name)
            scratch.remove(name + "-hash")
        }
        let bare = try Floor(in: scratch.path + "/" + name, .none, durability)
        defer { bare.server.stop() }
        let hashing = try Floor(in: scratch.path + "/" + name + "-hash", .single, durability)
        defer { hashing.server.stop() }
        return try await body(Floors(bare: bare, hashing: hashing))
    }

    /// The cost of the SHA-256 of this many bytes alone.
    func hashing(gibibytes: Double) -> Leg {
        let block = Content.make(1 << 20)
        return Leg("sha-256") {
            await Cost.of {
                var hasher = SHA256()
                for _ in 0..<Int(gibibytes * 1024) { block.withUnsafeBytes { hasher.update(bufferPointer: $0) } }
                keep(hasher.finalize())
                return gibibytes
            }
        }
    }
}
