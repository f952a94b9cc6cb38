import Measuring
import SessionCore
import UploadCore
import Wharf

/// The shared environment of all scenarios.
struct Bench {
    let options: Options
    let scratch: Scratch

    init(_ options: Options) throws {
        self.options = options
        scratch = try Scratch(in: options.directory)
    }

    var rounds: Int { options.isQuick ? 1 : options.rounds }

    /// The full size, or the reduced one in a quick run.
    func size<Value>(_ full: Value, quick: Value) -> Value { options.isQuick ? quick : full }

    /// Runs legs in turns.
    ///
    /// - Parameters:
    ///   - more: Multiplies the number of rounds, except in a quick run.
    ///   - turns: Runs of a leg per measurement.
    func compare(more: Int = 1, warmUp: Int = 1, turns: Int = 1, _ legs: [Leg]) async throws -> Comparison {
        try await Comparison(
            rounds: rounds * (options.isQuick ? 1 : more), warmUp: options.isQuick ? 0 : warmUp, turns: turns,
            legs.filter { options.legs.isEmpty || options.legs.contains($0.name) })
    }

    /// Opens a store in the scratch directory, with default limits except those that a benchmark would reach.
    func store(_ name: String, _ durability: Durability) async throws -> EmbeddedStore {
        try await Self.store(at: scratch.path + "/" + name, durability)
    }

    static func store(at path: String, _ durability: Durability) async throws -> EmbeddedStore {
        try await EmbeddedStore(directory: path, durability: durability, limits: limits)
    }

    /// Like `store`, but composed by hand.
    func composedStore(_ name: String, _ durability: Durability) async throws -> ComposedStore {
        try await ComposedStore(directory: scratch.path + "/" + name, durability: durability, limits: Self.limits)
    }

    private static let limits = {
        var limits = Limits()
        limits.activeUploadsMax = 10_000_000
        limits.activeUploadsPerCallerMax = 10_000_000
        limits.expiryGraceMilliseconds = 0
        return limits
    }()
}

extension UploadStore {
    /// A caller with a capsule of its own.
    func newcomer(_ name: String) async throws -> Client {
        let caller = Principal(name)
        return Client(caller: caller, capsule: try await uploads.defaultCapsule(of: caller).id)
    }
}

/// A caller and its capsule.
struct Client: Sendable {
    let caller: Principal
    let capsule: CapsuleId

    func request(
        _ layout: BeginRequest.Layout = .chunks(), length: UInt64?, key: IdempotencyKey? = nil, isPartial: Bool = false
    ) -> BeginRequest {
        BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "photo.jpg", contentType: "image/jpeg"), layout: layout,
            length: length, provisionalMemoryId: "memory-1", idempotencyKey: key, isPartial: isPartial)
    }
}
