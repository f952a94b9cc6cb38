import SessionCore
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

/// A simulated machine on which a store is opened, used and closed, again and again.
final class Machine: Sendable {
    let files: SimulatedFileSystem
    let clock = ManualClock()
    let seed: UInt64
    let limits: Limits
    let writesDirectly: Bool

    /// - Parameter writesDirectly: Whether whole sectors bypass the page cache.
    init(seed: UInt64 = 1, limits: Limits = Machine.limits, writesDirectly: Bool = true) {
        files = SimulatedFileSystem(seed: seed)
        self.seed = seed
        self.limits = limits
        self.writesDirectly = writesDirectly
    }

    /// The same machine with other limits.
    init(_ other: Machine, limits: Limits) {
        files = other.files
        seed = other.seed
        self.limits = limits
        writesDirectly = other.writesDirectly
    }

    /// Small uploads lie in files too, so that a test has something to look at.
    static let limits: Limits = {
        var limits = Limits()
        limits.catalogueBytesMax = 0
        limits.expiryGraceMilliseconds = 0
        limits.freeBytesMin = 16 << 10
        return limits
    }()

    /// Opens the store, and closes it again unless it crashed meanwhile.
    ///
    /// - Throws: What opening or `body` throws.
    @discardableResult
    func open<Value: Sendable>(
        _ durability: Durability = .powerLoss, _ body: @escaping @Sendable (SimulatedStore) async throws -> Value
    ) throws -> Value {
        let vfs = SimulatedVFS(over: files, seed: seed)
        defer { vfs.unregister() }
        let scheduler = SimulatedScheduler(seed: seed, stepsMax: 2_000_000)
        return try scheduler.run { [self] in
            let store = try await SimulatedStore(
                StoreLocation(files, vfs, scheduler, directBytesMin: writesDirectly ? 512 : nil), clock: clock,
                durability: durability, limits: limits,
                ids: IdSource(SeededRandom(seed: UInt64(files.step))))
            do {
                let value = try await body(store)
                await store.close()
                return value
            } catch {
                await store.close()
                throw error
            }
        }
    }

    /// The offset in the catalogue's database at which bytes are stored.
    func place(of bytes: [UInt8]) -> UInt64? {
        let database = files.contents(of: "catalogue.db") ?? []
        return (0..<max(0, database.count - bytes.count)).first { start in
            database[start..<start + bytes.count].elementsEqual(bytes)
        }.map(UInt64.init)
    }

    /// The files of objects, and those in quarantine.
    var objects: [String] { files.files(under: "bytes").map(\.path) }
    var quarantined: [String] { files.files(under: "quarantine").map(\.path) }
}
