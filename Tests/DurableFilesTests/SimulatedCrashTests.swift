import DurableFiles
import Testing
import UploadTestKit

@Suite struct SimulatedCrashTests {
    let seeds: Range<UInt64> = 0..<60

    private func block(_ value: UInt8, _ count: Int = 512) -> [UInt8] {
        [UInt8](repeating: value, count: count)
    }

    // MARK: Bytes

    @Test func `what was synced survives every loss of power`() throws {
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            _ = try files.makeDurable("a", block(1, 1300))
            files.restart()
            #expect(files.contents(of: "a") == block(1, 1300))
        }
    }

    @Test func `each unsynced sector is old or new on its own`() throws {
        var outcomes = Set<[UInt8]>()
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.makeDurable("a", block(1, 1024))
            try files.write(block(2, 1024), to: file)
            files.restart()
            let bytes = try #require(files.contents(of: "a"))
            #expect(bytes.count == 1024)
            #expect(Set(bytes[..<512]).count == 1 && Set(bytes[512...]).count == 1, "a sector was torn")
            outcomes.insert([bytes[0], bytes[512]])
        }
        #expect(outcomes == [[1, 1], [1, 2], [2, 1], [2, 2]])
    }

    @Test func `a sector written several times may be any of its versions`() throws {
        var outcomes = Set<UInt8>()
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.makeDurable("a", block(1))
            for value in 2...4 { try files.write(block(UInt8(value)), to: file) }
            files.restart()
            outcomes.insert(try #require(files.contents(of: "a")?.first))
        }
        #expect(outcomes == [1, 2, 3, 4])
    }

    @Test func `a file that grew has its old size, its new one or one between, and zeros for lost bytes`() throws {
        var sizes = Set<Int>()
        var sawZeros = false
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.makeDurable("a", block(1))
            try files.write(block(2, 1024), to: file, at: 512)
            files.restart()
            let bytes = try #require(files.contents(of: "a"))
            sizes.insert(bytes.count)
            #expect((512...1536).contains(bytes.count))
            #expect(bytes[..<512].allSatisfy { $0 == 1 })
            #expect(bytes[512...].allSatisfy { $0 == 2 || $0 == 0 })
            if bytes[512...].contains(0) { sawZeros = true }
        }
        #expect(sizes.isSuperset(of: [512, 1536]) && sizes.count > 2 && sawZeros)
    }

    @Test func `an unsynced cut may come undone`() throws {
        var sizes = Set<Int>()
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.makeDurable("a", block(1, 1024))
            try files.truncate(file, to: 0)
            files.restart()
            sizes.insert(try #require(files.contents(of: "a")).count)
        }
        #expect(sizes.isSuperset(of: [0, 1024]))
    }

    @Test func `after a failed sync a later one that works makes nothing up`() throws {
        var lost = 0
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.makeDurable("a", block(1))
            try files.write(block(2), to: file)
            files.failNext(.syncData, .io)
            #expect(failure { try files.syncData(file) } == .io)
            try files.syncData(file)
            #expect(try files.read(512, from: file) == block(2), "reads see what was written")
            files.restart()
            if files.contents(of: "a") == block(1) { lost += 1 }
        }
        #expect((10...50).contains(lost))
    }

    @Test func `after a failed sync, bytes that are written again are durable with the next one`() throws {
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.makeDurable("a", block(1))
            try files.write(block(2, 2000), to: file)
            files.failNext(.syncData, .io)
            #expect(failure { try files.syncData(file) } == .io)
            try files.write(block(2, 2000), to: file)
            try files.syncData(file)
            files.restart()
            #expect(files.contents(of: "a") == block(2, 2000))
        }
    }

    // MARK: Names

    @Test func `an unsynced name may vanish with its synced bytes, and an unsynced removal come undone`() throws {
        var outcomes = Set<[String]>()
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            _ = try files.makeDurable("old", [1])
            let file = try files.open("new", .readWriteCreating)
            try files.write([2], to: file)
            try files.syncData(file)
            #expect(try files.remove("old"))
            files.restart()
            let names = files.files().map(\.path)
            outcomes.insert(names)
            #expect(names.allSatisfy { files.contents(of: $0) == ($0 == "old" ? [1] : [2]) })
        }
        #expect(outcomes == [[], ["new"], ["old"], ["new", "old"]])
    }

    @Test func `a synced removal stays, and gives its room back`() throws {
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            files.close(try files.makeDurable("a", block(1)))
            #expect(try files.remove("a"))
            try files.syncDirectory("")
            files.restart()
            #expect(files.files().isEmpty)
            #expect(files.usedBytes == 0)
        }
    }

    @Test func `a directory without a durable name takes everything below with it`() throws {
        var survived = 0
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            try files.makeDirectory("d")
            _ = try files.makeDurable("d/a", [1], in: "d")
            files.restart()
            if files.contents(of: "d/a") == [1] { survived += 1 } else { #expect(files.files().isEmpty) }
        }
        #expect((10...50).contains(survived))
    }

    @Test func `a failed directory sync leaves its changes pending`() throws {
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            _ = try files.open("a", .readWriteCreating)
            files.failNext(.syncDirectory, .io)
            #expect(failure { try files.syncDirectory("") } == .io)
            try files.syncDirectory("")
            files.restart()
            #expect(files.files().map(\.path) == ["a"])
        }
    }

    // MARK: The stop

    @Test func `from its step on the machine is stopped, until the restart`() throws {
        let files = SimulatedFileSystem(seed: 1)
        files.crash(atStep: 3)
        let file = try files.open("a", .readWriteCreating)
        try files.syncDirectory("")
        #expect(failure { try files.write(block(1), to: file) } == .crashed)
        #expect(files.hasCrashed)
        #expect(failure { try files.open("a", .read) } == .crashed)
        #expect(failure { try files.size(file) } == .crashed)
        #expect(files.step == 3)
        files.close(file)
        files.restart()
        #expect(!files.hasCrashed)
        #expect(failure { try files.size(file) } == .crashed, "a file of a dead process")
        _ = try files.open("a", .read)
    }

    @Test func `the end of the process frees its locks and loses nothing, and makes nothing durable`() throws {
        var lost = 0
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.makeDurable("a", block(1))
            _ = try files.lock("lock")
            try files.write(block(2), to: file)
            files.crashNow()
            files.restart(losingUnsynced: false)
            #expect(files.contents(of: "a") == block(2))
            _ = try files.lock("lock")
            files.restart()
            if files.contents(of: "a") == block(1) { lost += 1 }
        }
        #expect((10...50).contains(lost))
    }

    @Test func `a write during which the machine stops is there in part`() throws {
        var lengths = Set<Int>()
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.makeDurable("a")
            files.crash(atStep: files.step + 1)
            #expect(failure { try files.write([1, 2, 3], to: file) } == .crashed)
            files.restart(losingUnsynced: false)
            lengths.insert(try #require(files.contents(of: "a")).count)
        }
        #expect(lengths == [0, 1, 2, 3])
    }

    @Test func `a call during which the machine stops has happened or not`() throws {
        var outcomes = Set<Bool>()
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            files.crash(atStep: 1)
            #expect(failure { try files.open("a", .readWriteCreating) } == .crashed)
            files.restart(losingUnsynced: false)
            outcomes.insert(files.contents(of: "a") != nil)
        }
        #expect(outcomes == [true, false])
    }

    @Test func `a disk that lies loses what it was told to keep`() throws {
        var lost = 0
        for seed in seeds {
            let files = SimulatedFileSystem(seed: seed)
            files.setIgnoresSyncs(true)
            _ = try files.makeDurable("a", block(1))
            files.restart()
            if files.contents(of: "a") != block(1) { lost += 1 }
        }
        #expect(lost > 10)
    }
}
