import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadSimulation
import UploadTestKit
import Wharf

/// A simulated machine with a store and a directory for its backup on one disk, which fails and crashes as one.
final class BackupMachine: Sendable {
    typealias Files = SimulatedSubdirectory
    typealias Store = UploadStore<SimulatedSubdirectory, SimulatedScheduler, ManualClock>

    /// Uploads of up to 100 bytes are in the catalogue.
    static let limits: Limits = {
        var limits = Machine.limits
        limits.catalogueBytesMax = 100
        return limits
    }()

    let disk: SimulatedFileSystem
    let clock = ManualClock()
    let seed: UInt64

    init(seed: UInt64 = 1) throws {
        disk = SimulatedFileSystem(seed: seed)
        self.seed = seed
        for directory in ["store", "backup"] { try disk.makeDirectory(directory) }
        try disk.syncDirectory("")
    }

    /// Opens a directory as a store, and closes it again unless it crashed meanwhile.
    @discardableResult
    func open<Value: Sendable>(
        _ directory: String = "store", keepsBackup: Bool = false, durability: Durability = .powerLoss,
        _ body: @escaping @Sendable (Store, BackupLocation<Files>) async throws -> Value
    ) throws -> Value {
        let vfs = SimulatedVFS(over: disk, seed: seed)
        defer { vfs.unregister() }
        let scheduler = SimulatedScheduler(seed: seed, stepsMax: 2_000_000)
        return try scheduler.run { [self] in
            let store = try await Store(
                StoreLocation(
                    files: Files(directory, of: disk), pool: scheduler, cataloguePool: scheduler.orderedPool(),
                    cataloguePath: directory + "/catalogue.db", vfs: vfs.name, shards: 2),
                clock: clock, durability: durability, limits: Self.limits,
                ids: IdSource(SeededRandom(seed: UInt64(disk.step))), keepsBackup: keepsBackup)
            let target = BackupLocation(files: Files("backup", of: disk), name: "backup", vfs: vfs.name) {
                "backup/" + $0
            }
            do {
                let value = try await body(store, target)
                await store.close()
                return value
            } catch {
                await store.close()
                throw error
            }
        }
    }

    @discardableResult
    func backUp(linking: Bool = true) throws -> BackupSummary {
        try open { store, target in try await store.backUp(to: target, linking: linking) }
    }

    /// Checks the backup, which stays one.
    func issuesOfBackup() throws -> [CheckIssue] {
        try open("backup", keepsBackup: true) { store, _ in try await store.check().issues }
    }

    func objects(_ directory: String) -> [String] { disk.files(under: directory + "/bytes").map(\.path) }
}

/// The code with which a backup fails; nil if it succeeds.
func backupError(_ body: () async throws(BackupError) -> BackupSummary) async -> BackupError.Code? {
    do throws(BackupError) {
        _ = try await body()
        return nil
    } catch {
        return error.code
    }
}

/// Expects a backup to fail with this code.
@discardableResult
func expectBackupError<Value>(
    _ code: BackupError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
) async -> BackupError? {
    do {
        let value = try await body()
        Issue.record("expected \(code.rawValue), but it succeeded: \(value)", sourceLocation: sourceLocation)
    } catch let error as BackupError {
        if error.code == code { return error }
        Issue.record("expected \(code.rawValue), found \(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("expected \(code.rawValue), found \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

extension UploadStore {
    /// An upload of three chunks of which the second is missing.
    func gapped(_ bytes: [UInt8]) async throws -> SessionId {
        let id = try await begin(length: UInt64(bytes.count))
        for index in [2, 0] {
            let chunk = bytes[index * 1000..<min(index * 1000 + 1000, bytes.count)]
            try await uploads.putChunk(id, index: UInt64(index), chunk, by: Self.anna)
        }
        return id
    }

    func finish(_ id: SessionId, _ bytes: [UInt8]) async throws {
        try await sendMissing(id, bytes)
        _ = try await uploads.commit(id, digest: Digest(of: bytes), by: Self.anna)
    }
}
