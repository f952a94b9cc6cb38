import DurableFiles
import Testing
import UploadTestKit

@Suite struct SimulatedFileSystemTests {
    @Test func `calls are counted by kind and path, and logged with their results`() throws {
        let files = SimulatedFileSystem(seed: 1)
        try files.makeDirectory("d")
        let file = try files.open("d/a", .readWriteCreating)
        try files.write([1, 2], to: file, at: 5)
        try files.syncData(file)
        #expect(failure { try files.open("d/b", .read) } == .notFound)
        files.close(file)
        #expect(files.count(of: .syncData) == 1)
        #expect(files.count(of: .open, pathPrefix: "d/") == 2)
        #expect(files.count(of: .open, pathPrefix: "d/a") == 1)
        #expect(files.count(of: .read) == 0)
        #expect(files.step == 5)
        #expect(
            files.history == """
                1 makeDirectory “d”
                2 open “d/a”
                3 write “d/a” at 5 2 bytes
                4 syncData “d/a”
                5 open “d/b” → notFound
                5 close “d/a”
                """)
        files.resetCounts()
        #expect(files.count(of: .syncData) == 0)
    }

    @Test func `the log keeps the last 200 calls`() throws {
        let files = SimulatedFileSystem(seed: 1)
        for _ in 0..<250 { _ = try files.list("") }
        #expect(files.log.map(\.step) == Array(51...250))
    }

    @Test func `files are found with their sizes and bytes`() throws {
        let files = SimulatedFileSystem(seed: 1)
        try files.makeDirectory("d")
        try files.makeDirectory("d/e")
        for path in ["z", "d/b", "d/e/a"] { try files.write([1, 2, 3], to: files.open(path, .readWriteCreating)) }
        #expect(files.files().map(\.path) == ["d/b", "d/e/a", "z"])
        #expect(files.files(under: "d").map(\.path) == ["d/b", "d/e/a"])
        #expect(files.files().allSatisfy { $0.size == 3 })
        #expect(files.contents(of: "d/e/a") == [1, 2, 3])
        #expect(files.contents(of: "d/e") == nil)
        #expect(files.files(under: "missing").isEmpty)
    }

    @Test func `damage is durable and needs no call`() throws {
        let files = SimulatedFileSystem(seed: 1)
        let file = try files.makeDurable("a", [1, 2, 3])
        #expect(files.corrupt("a", at: 1))
        #expect(!files.corrupt("a", at: 3))
        #expect(try files.read(3, from: file) == [1, 0xFD, 3])
        #expect(files.truncateBehindBack("a", to: 2))
        #expect(!files.truncateBehindBack("b", to: 2))
        files.restart()
        #expect(files.contents(of: "a") == [1, 0xFD])
        #expect(files.removeBehindBack("a"))
        files.restart()
        #expect(files.files().isEmpty)
    }

    // MARK: Room

    @Test func `capacity limits what is allocated and not what is overwritten`() throws {
        let files = SimulatedFileSystem(seed: 1, capacity: 2048)
        let file = try files.open("a", .readWriteCreating)
        try files.write([UInt8](repeating: 1, count: 1500), to: file)
        #expect(files.usedBytes == 1536)
        #expect(failure { try files.write([UInt8](repeating: 2, count: 1000), to: file, at: 1500) } == .noSpace)
        #expect(try files.size(file) == 2048)
        try files.write([UInt8](repeating: 3, count: 2048), to: file)
        try files.truncate(file, to: 512)
        #expect(files.usedBytes == 512)
        #expect(try files.remove("a"))
        #expect(files.usedBytes == 512, "an open file keeps its room")
        files.close(file)
        #expect(files.usedBytes == 0)
        files.setCapacity(nil)
        try files.write([UInt8](repeating: 1, count: 5000), to: files.open("b", .readWriteCreating))
    }

    @Test func `a hole takes no room until it is written`() throws {
        let files = SimulatedFileSystem(seed: 1, capacity: 1024)
        let file = try files.open("a", .readWriteCreating)
        try files.truncate(file, to: 100_000)
        try files.write([1], to: file, at: 50_000)
        try files.write([1], to: file, at: 60_000)
        #expect(failure { try files.write([1], to: file, at: 70_000) } == .noSpace)
    }

    @Test func `a full disk takes no new bytes and no new names`() throws {
        let files = SimulatedFileSystem(seed: 1)
        let file = try files.makeDurable("a", [1, 2, 3])
        files.setFull(true)
        try files.write([4, 5, 6, 7], to: file)
        #expect(failure { try files.write([1], to: file, at: 512) } == .noSpace)
        #expect(failure { try files.open("b", .readWriteCreating) } == .noSpace)
        #expect(failure { try files.makeDirectory("d") } == .noSpace)
        files.setFull(false)
        try files.write([1], to: file, at: 512)
    }

    // MARK: Failures

    @Test func `a failure that was asked for comes once, where and when it was asked for`() throws {
        let files = SimulatedFileSystem(seed: 1)
        files.failNext(.open, .io, pathPrefix: "d/", pathSuffix: ".part", skipping: 1)
        try files.makeDirectory("d")
        _ = try files.open("a.part", .readWriteCreating)
        _ = try files.open("d/a", .readWriteCreating)
        _ = try files.open("d/a.part", .readWriteCreating)
        #expect(failure { try files.open("d/b.part", .readWriteCreating) } == .io)
        #expect(try files.list("d").sorted() == ["a", "a.part"])
        _ = try files.open("d/b.part", .readWriteCreating)
        files.failNext(.list, .io)
        files.cancelInjectedFailures()
        _ = try files.list("")
    }

    @Test func `a failed write leaves some of its first bytes`() throws {
        var lengths = Set<Int>()
        for seed in 0..<40 {
            let files = SimulatedFileSystem(seed: UInt64(seed))
            let file = try files.open("a", .readWriteCreating)
            files.failNext(.write, .io)
            #expect(failure { try files.write([1, 2, 3], to: file) } == .io)
            let bytes = try files.read(3, from: file)
            #expect(bytes == Array([1, 2, 3].prefix(bytes.count)))
            lengths.insert(bytes.count)
        }
        #expect(lengths == [0, 1, 2, 3])
    }

    @Test func `random failures come at about their probability, and only while they are on`() throws {
        let files = SimulatedFileSystem(seed: 5, faults: SimulatedFaults([.list: 0.3], codes: [.noSpace]))
        let failures = (0..<1000).compactMap { _ in failure { try files.list("") } }
        #expect((220...380).contains(failures.count))
        #expect(failures.allSatisfy { $0 == .io }, "listing needs no room")
        files.setFaults(.none)
        #expect((0..<1000).allSatisfy { _ in failure { try files.list("") } == nil })
        files.setFaults(.everywhere(1, codes: [.noSpace]))
        #expect(failure { try files.open("a", .readWriteCreating) } == .noSpace)
    }

    @Test func `one seed and one sequence of calls is one history`() throws {
        func history(_ seed: UInt64) -> String {
            let files = SimulatedFileSystem(seed: seed, faults: .everywhere(0.1))
            for round in 0..<20 {
                guard let file = try? files.open("f\(round % 5)", .readWriteCreating) else { continue }
                try? files.write([UInt8](repeating: UInt8(round), count: 2000), to: file, at: UInt64(round * 300))
                try? files.syncData(file)
                if round % 3 == 0 { try? files.syncDirectory("") }
                if round % 7 == 6 { files.restart() }
            }
            files.restart()
            let contents = files.files().map { "\($0) \(files.contents(of: $0.path) ?? [])" }
            return ([files.history] + contents).joined(separator: "\n")
        }
        #expect(history(1) == history(1))
        #expect(history(1) != history(2))
    }
}
