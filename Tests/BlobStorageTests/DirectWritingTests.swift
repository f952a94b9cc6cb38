import BlobStorage
import DurableFiles
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// Writes that bypass the page cache: here those with at least two whole sectors of 512 bytes.
@Suite struct DirectWritingTests {
    private static let bytesMin = 1024

    private func fixture(_ durability: Durability = .powerLoss, seed: UInt64 = 1) async throws -> Fixture {
        try await Fixture(durability, seed: seed, directBytesMin: Self.bytesMin)
    }

    /// The offsets and lengths of the writes of a kind.
    private func writes(_ call: SimulatedCall, _ fixture: Fixture) -> [Range<UInt64>] {
        fixture.files.log.filter { $0.call == call && $0.failure == nil }.compactMap { record in
            guard let offset = record.offset, let count = record.count else { return nil }
            return offset..<offset + UInt64(count)
        }
    }

    @Test func `whole blocks are written directly, and what shares a block with other bytes is not`() async throws {
        let fixture = try await fixture()
        try await fixture.put(content(3000, from: 100), at: 100, of: upload())
        #expect(writes(.writeDirect, fixture) == [512..<3072])
        #expect(writes(.write, fixture) == [100..<512, 3072..<3100])
        try await fixture.put(content(2048, from: 4096), at: 4096, of: upload(), hasDurableBytes: true)
        #expect(writes(.writeDirect, fixture).last == 4096..<6144)
        #expect(writes(.write, fixture).count == 2, "aligned bytes need no other write")
        #expect(try await fixture.store.read(upload().key, 100..<3100) == content(3000, from: 100))
    }

    @Test(arguments: [(1023, 0), (1024, 1), (1535, 1)])
    func `small writes pass through the page cache`(_ count: Int, _ expected: Int) async throws {
        let fixture = try await fixture()
        try await fixture.put(content(count), at: 0, of: upload())
        #expect(fixture.count(.writeDirect) == expected)
        // More bytes, of which fewer are in whole blocks.
        try await fixture.put(content(1534, from: 2049), at: 2049, of: upload(), hasDurableBytes: true)
        #expect(fixture.count(.writeDirect) == expected)
    }

    @Test func `nothing is written directly where only the end of the process is to be survived`() async throws {
        let fixture = try await fixture(.processCrash)
        try await fixture.put(content(4096), at: 0, of: upload())
        #expect(fixture.count(.openDirect) == 0 && fixture.count(.writeDirect) == 0)
    }

    @Test(arguments: [(9_999, 0), (10_000, 1), (nil, 1)] as [(UInt64?, Int)])
    func `uploads that are known to be small pass through the page cache`(
        _ length: UInt64?, _ expected: Int
    ) async throws {
        let fixture = try await Fixture(directBytesMin: Self.bytesMin, directUploadBytesMin: 10_000)
        let sink = fixture.sink(upload(), length: length)
        try await sink.write(content(2048), at: 0, nil)
        try await sink.sync()
        sink.close()
        #expect(fixture.count(.writeDirect) == expected)
    }

    @Test func `an object is opened for direct writes once, and closed`() async throws {
        let fixture = try await fixture()
        do {
            let sinks = (0..<3).map { _ in fixture.sink(upload()) }
            for (index, sink) in sinks.enumerated() {
                try await sink.write(content(2048), at: UInt64(index * 2048), nil)
                try await sink.sync()
            }
            for sink in sinks { sink.close() }
        }
        #expect(fixture.count(.openDirect) == 1)
        try await fixture.put(content(2048), at: 0, of: upload())
        #expect(fixture.count(.openDirect) == 2 && fixture.count(.open) == 2)
        #expect(fixture.count(.close) == 4)
    }

    // MARK: Power losses

    @Test func `what was written directly is durable once it was synced`() async throws {
        for seed in 1...10 as ClosedRange<UInt64> {
            let fixture = try await fixture(seed: seed)
            try await fixture.put(content(5000), at: 0, of: upload())
            fixture.files.restart()
            #expect(try await fixture.reopened().read(upload().key, 0..<5000) == content(5000))
        }
    }

    @Test func `direct writes leave the bytes before and after them`() async throws {
        let fixture = try await fixture()
        for start in [4000, 0, 2000] {
            try await fixture.put(content(2000, from: start), at: UInt64(start), of: upload())
        }
        fixture.files.restart()
        #expect(try await fixture.reopened().read(upload().key, 0..<6000) == content(6000))
        #expect(try await fixture.store.size(of: upload().key) == 6000)
    }

    @Test func `a failed sync is the failure of writers whose bytes were written directly, too`() async throws {
        let fixture = try await fixture()
        let (direct, other) = (fixture.sink(upload()), fixture.sink(upload()))
        try await direct.write(content(2048), at: 0, nil)
        try await other.write(content(100, from: 2048), at: 2048, nil)
        fixture.files.failNext(.syncData, .io)
        await expectRefusal(.unavailable) { try await other.sync() }
        await expectRefusal(.unavailable) { try await direct.sync() }
        try await direct.write(content(2148), at: 0, nil)
        try await direct.sync()
        for sink in [direct, other] { sink.close() }
        fixture.files.restart()
        #expect(try await fixture.reopened().read(upload().key, 0..<2148) == content(2148))
    }

    // MARK: Refusals and failures

    @Test(arguments: [SimulatedCall.openDirect, .writeDirect])
    func `a file system without direct writes is asked once`(_ call: SimulatedCall) async throws {
        let fixture = try await fixture()
        fixture.files.failNext(call, .invalid)
        try await fixture.put(content(3000), at: 0, of: upload())
        try await fixture.put(content(3000, from: 3000), at: 3000, of: upload(), hasDurableBytes: true)
        try await fixture.put(content(3000), at: 0, of: upload(2))
        #expect(fixture.count(.openDirect) == 1)
        #expect(fixture.count(.writeDirect) == (call == .writeDirect ? 1 : 0))
        fixture.files.restart()
        let store = try await fixture.reopened()
        #expect(try await store.read(upload().key, 0..<6000) == content(6000))
        #expect(try await store.read(upload(2).key, 0..<3000) == content(3000))
    }

    @Test func `without a descriptor for direct writes an object is written as ever, and the next one directly`()
        async throws
    {
        let fixture = try await fixture()
        fixture.files.failNext(.openDirect, .tooManyOpenFiles)
        try await fixture.put(content(3000), at: 0, of: upload())
        #expect(fixture.count(.writeDirect) == 0)
        try await fixture.put(content(3000), at: 0, of: upload(2))
        #expect(fixture.count(.writeDirect) == 1)
        #expect(try await fixture.store.read(upload().key, 0..<3000) == content(3000))
    }

    @Test(arguments: [(FileError.Code.noSpace, UploadError.Code.storeFull), (.io, .unavailable)])
    func `a failed direct write is told as any other, and its bytes are not visited`(
        _ code: FileError.Code, _ expected: UploadError.Code
    ) async throws {
        let fixture = try await fixture()
        let sink = fixture.sink(upload())
        let visited = Mutex(0)
        fixture.files.failNext(.writeDirect, code)
        await expectRefusal(expected) {
            try await sink.write(content(3000), at: 0) { bytes in visited.withLock { $0 += bytes.count } }
        }
        #expect(visited.withLock { $0 } == 0)
        try await sink.write(content(3000), at: 0, nil)
        try await sink.sync()
        sink.close()
        #expect(fixture.count(.writeDirect) == 2, "a failure of the disk is no refusal")
        #expect(try await fixture.store.read(upload().key, 0..<3000) == content(3000))
    }

    // MARK: The machine's file system

    /// On a file system that refuses direct writes, as some for temporary files do, the bytes are the same.
    @Test func `real files have the same bytes`() async throws {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let store = FileBlobStore(
            files: POSIXFileSystem(root: directory.path), pool: InlinePool(), durability: .powerLoss, shards: 1,
            directBytesMin: 4096)
        try await store.prepare()
        let bytes = AlignedBytes(content(100_000))
        let sink = store.sink(for: upload(), spec(), hasDurableBytes: false)
        var offset = 0
        for count in [40_000, 4096, 20_000, 35_904] {
            try await sink.write(bytes.slice(offset..<offset + count), at: UInt64(offset), nil)
            offset += count
        }
        try await sink.sync()
        sink.close()
        #expect(try await store.read(upload().key, 0..<100_000) == content(100_000))
        #expect(try await store.size(of: upload().key) == 100_000)
    }
}

/// Bytes whose addresses have the rests modulo 4096 of their offsets.
private struct AlignedBytes: BorrowedBytes {
    private let bytes: [UInt8]
    private let range: Range<Int>

    init(_ content: [UInt8]) {
        self.init(content, 0..<content.count)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        self.range = range
    }

    func slice(_ range: Range<Int>) -> AlignedBytes { AlignedBytes(bytes, range) }

    var count: Int { range.count }

    func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 4096)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        return try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[range]))
    }
}
