import Synchronization
import UploadSimulation
import UploadTestKit

/// A bucket of S3 whose engine and network fail.
///
/// The fault model: any request may be refused without an effect, or take effect and lose its answer. A PUT whose answer
/// was lost may arrive at any later time, as a whole. A PUT may be answered with 200 and an error, with or without an
/// effect, and its bytes may be damaged on their way, which the engine notices by their checksum. A deletion of several
/// objects may leave some of them, and says so; a deleted object can be read and listed for some time. Lists may be old.
/// Responses to reads may break, end early, or continue past the range. A request whose time is wrong by more than 15
/// minutes is refused. Responses may take long. An acknowledged object is there at once and stays until it is deleted.
final class SimulatedBucket: Sendable {
    /// Probabilities.
    struct Faults: Sendable {
        var refused = 0.0
        var answerLost = 0.0
        var late = 0.0
        var errorDocument = 0.0
        var damaged = 0.0
        var undeleted = 0.0
        var badRead = 0.0
        var oldList = 0.0
        var slow = 0.0

        static let none = Faults()
    }

    private struct State: Sendable {
        var faults = Faults.none
        var objects: [String: [UInt8]] = [:]
        /// Deleted objects that can still be read.
        var fading: [String: [UInt8]] = [:]
        /// PUTs that have not arrived yet.
        var late: [(name: String, bytes: [UInt8])] = []
        /// The names of the PUTs that have or may have an effect.
        var used: Set<String> = []
        /// The deletions of each name so far, and their number when a late PUT arrived.
        var deletions: [String: Int] = [:]
        var arrivals: [String: Int] = [:]
        /// The names in a list of an earlier time.
        var oldNames: [String] = []
    }

    let world: World
    private let state = Mutex(State())

    init(_ world: World) {
        self.world = world
    }

    private func with<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in body(&state) }
    }

    func setFaults(_ faults: Faults) { with { $0.faults = faults } }

    func draws(_ probability: (Faults) -> Double) -> Bool {
        let chance = with { probability($0.faults) }
        return world.draw { $0.chance(chance) }
    }

    // MARK: - What happens between requests

    var hasLatePuts: Bool { with { !$0.late.isEmpty } }

    /// A late PUT arrives.
    func arrive() {
        let count = with { $0.late.count }
        guard count > 0 else { return }
        let index = world.draw { $0.below(count) }
        with { state in
            let (name, bytes) = state.late.remove(at: index)
            state.objects[name] = bytes
            state.arrivals[name] = state.deletions[name] ?? 0
        }
        world.count("late PUT", "arrived")
    }

    /// Deletions reach every replica, and lists are new.
    func settle() {
        with { state in
            state.fading = [:]
            state.oldNames = state.objects.keys.sorted()
        }
    }

    /// Whether no deletion can have met an object: a late PUT arrived after at least that many deletions of its name, the
    /// last one among them.
    func isBeyond(deletions count: Int, _ name: String) -> Bool {
        with { state in
            guard let arrival = state.arrivals[name] else { return false }
            return arrival >= count && arrival == state.deletions[name]
        }
    }

    // MARK: - Effects

    func put(_ name: String, _ bytes: [UInt8]) {
        noteUse(of: name)
        with { $0.objects[name] = bytes }
    }

    func arriveLater(_ name: String, _ bytes: [UInt8]) {
        noteUse(of: name)
        with { $0.late.append((name, bytes)) }
    }

    private func noteUse(of name: String) {
        let isNew = with { $0.used.insert(name).inserted }
        if !isNew { world.report(Violation("the key \(name) was used for a second PUT")) }
    }

    func delete(_ name: String) {
        let fades = world.draw { $0.chance(0.3) }
        with { state in
            if let bytes = state.objects.removeValue(forKey: name), fades { state.fading[name] = bytes }
            state.deletions[name, default: 0] += 1
        }
    }

    func read(_ name: String) -> [UInt8]? {
        with { $0.objects[name] ?? $0.fading[name] }
    }

    /// The names with a prefix, after a given name, in their order.
    func names(prefix: String, after: String) -> [String] {
        let isOld = draws(\.oldList)
        let names = with { isOld ? $0.oldNames : $0.objects.keys.sorted() }
        return names.filter { $0.hasPrefix(prefix) && $0 > after }
    }
}
