import CSQLite
import DurableFiles
import Testing
import UploadTestKit

@Suite struct SimulatedVFSTests {
    static let rows = 12

    @Test func `a database in WAL mode needs no shared memory when it has one owner`() throws {
        let files = SimulatedFileSystem(seed: 1)
        let vfs = SimulatedVFS(over: files)
        let database = try Database("dir.db", vfs)
        try database.prepare()
        try database.insert(1)
        #expect(try database.strings("PRAGMA journal_mode") == ["wal"])
        #expect(try database.strings("SELECT id FROM t") == ["1"])
        #expect(files.files().map(\.path) == ["dir.db", "dir.db-wal"])
        database.close()
        #expect(files.files().map(\.path) == ["dir.db"])
        vfs.unregister()
        vfs.unregister()
    }

    @Test func `SQLite takes its time and its random bytes from the VFS`() throws {
        let vfs = SimulatedVFS(over: SimulatedFileSystem(seed: 1), milliseconds: { 86_400_000 })
        let database = try Database("a.db", vfs)
        #expect(try database.strings("SELECT datetime('now')") == ["1970-01-02 00:00:00"])
        database.close()
    }

    @Test func `a temporary file is refused`() throws {
        let vfs = SimulatedVFS(over: SimulatedFileSystem(seed: 1))
        let database = try Database("", vfs)
        #expect(throws: Database.Failure.self) {
            try database.run("PRAGMA cache_size=1; CREATE TABLE t(x); INSERT INTO t VALUES (zeroblob(1000000))")
        }
        database.close()
    }

    @Test func `a full disk is told from a broken one`() throws {
        let files = SimulatedFileSystem(seed: 1)
        let vfs = SimulatedVFS(over: files)
        let database = try Database("a.db", vfs)
        try database.prepare()
        files.setFull(true)
        let full = #expect(throws: Database.Failure.self) {
            for id in 1...100 { try database.insert(id) }
        }
        #expect(full?.status == SQLITE_FULL)
        files.setFull(false)
        files.failNext(.syncData, .io, pathSuffix: "-wal")
        let broken = #expect(throws: Database.Failure.self) { try database.insert(1000) }
        #expect(broken?.status == SQLITE_IOERR)
        #expect(broken?.extendedStatus == SQLITE_IOERR | 4 << 8)
        database.close()
    }

    @Test func `every row whose commit was acknowledged survives a crash at every step`() throws {
        for losingUnsynced in [true, false] {
            var step = 0
            while true {
                step += 1
                let history = try run(seed: UInt64(step), crashAt: step, losingUnsynced: losingUnsynced)
                #expect(history.integrity == ["ok"], "step \(step)\n\(history.log)")
                #expect(history.lost.isEmpty, "step \(step)\n\(history.log)")
                #expect(history.unknown.isEmpty, "step \(step)\n\(history.log)")
                if !history.hasCrashed { break }
            }
            #expect(step > 40, "the crashes have to reach into the inserts")
        }
    }

    @Test func `random failures of the disk lose no acknowledged row either`() throws {
        for seed in 0..<60 {
            let faults = SimulatedFaults.everywhere(0.03)
            let history = try run(seed: UInt64(seed), crashAt: 40 + seed * 2, losingUnsynced: true, faults: faults)
            #expect(history.integrity == ["ok"], "seed \(seed)\n\(history.log)")
            #expect(history.lost.isEmpty, "seed \(seed)\n\(history.log)")
        }
    }

    @Test func `on a disk that ignores syncs rows are lost: the test above can fail`() throws {
        let losses = (1...60).count { step in
            let history = try? run(seed: UInt64(step), crashAt: step + 30, losingUnsynced: true, lying: true)
            // Without a history the database could not even be opened again.
            return history.map { !$0.lost.isEmpty } ?? true
        }
        #expect(losses > 10)
    }

    // MARK: One history

    struct History {
        var hasCrashed = false
        var integrity: [String] = []
        /// Acknowledged and not there.
        var lost: Set<Int> = []
        /// There and never inserted.
        var unknown: Set<Int> = []
        var log = ""
    }

    /// Inserts rows until the crash, restarts, and compares.
    private func run(
        seed: UInt64, crashAt step: Int, losingUnsynced: Bool, faults: SimulatedFaults = .none, lying: Bool = false
    ) throws -> History {
        let files = SimulatedFileSystem(seed: seed, faults: faults)
        let vfs = SimulatedVFS(over: files, seed: seed)
        files.setIgnoresSyncs(lying)
        files.crash(atStep: step)
        var acknowledged = Set<Int>()
        if let database = try? Database("a.db", vfs) {
            if (try? database.prepare()) != nil {
                for id in 1...Self.rows where (try? database.insert(id)) != nil { acknowledged.insert(id) }
            }
            database.close()
        }
        var history = History(hasCrashed: files.hasCrashed, log: files.history)
        files.setFaults(.none)
        files.restart(losingUnsynced: losingUnsynced)
        let database = try Database("a.db", vfs)
        defer { database.close() }
        try database.prepare()
        history.integrity = try database.strings("PRAGMA integrity_check")
        let found = Set(try database.strings("SELECT id FROM t").compactMap { Int($0) })
        history.lost = acknowledged.subtracting(found)
        history.unknown = found.subtracting(1...Self.rows)
        return history
    }
}
