import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadMemories
import UploadTestKit

@testable import BlobStorage

/// The sink as the generic core sees it: a `ByteSink` that knows nothing of sessions.
@Suite struct StableBlobSinkTests {
    private let files = SimulatedFileSystem(seed: 1)
    private let clock = ManualClock()

    private func makeSink(_ spec: SessionSpec, _ durability: Durability = .powerLoss) -> StableBlobSink<
        SimulatedFileSystem
    > {
        let object = ObjectFile(
            files: files, pool: InlinePool(), path: "object", directory: "", durability: durability,
            entryIsDurable: false)
        return StableBlobSink(object, spec)
    }

    private func begin(_ spec: SessionSpec) -> (SessionService<ManualClock>, SessionId) {
        var service = SessionService(clock: clock, timeToLiveMilliseconds: 1000)
        var random = SeededRandom(seed: 1)
        let id = service.begin(spec, using: &random)
        return (service, id)
    }

    @Test func `the generic service writes chunks through it, in any order`() async throws {
        let bytes = content(25)
        let spec = spec(.chunks(size: 10), length: 25)
        var (service, id) = begin(spec)
        var sink = makeSink(spec)
        for index in [2, 0, 1] {
            let chunk = bytes[index * 10..<min(index * 10 + 10, 25)]
            try service.putChunk(id, index: UInt64(index), bytes: chunk.span.bytes, into: &sink)
        }
        try await sink.sync()
        try service.finish(id)
        #expect(files.contents(of: "object") == bytes)
    }

    @Test func `a write that fails leaves the chunk missing`() throws {
        let spec = spec(.chunks(size: 10), length: 20)
        var (service, id) = begin(spec)
        var sink = makeSink(spec)
        files.failNext(.write, .noSpace)
        do {
            try service.putChunk(id, index: 1, bytes: content(10).span.bytes, into: &sink)
            Issue.record("a write without room succeeded")
        } catch {
            guard case .sink(let failure) = error else { throw error }
            #expect(failure.code == .storeFull)
        }
        #expect(service.receivedCount(id) == 0)
        try service.putChunk(id, index: 1, bytes: content(10).span.bytes, into: &sink)
        #expect(service.receivedCount(id) == 1)
    }

    @Test func `bytes past the length and across the end of a chunk are refused with nothing written`() throws {
        var sink = makeSink(spec(.chunks(size: 10), length: 25))
        let cases: [(Int, UInt64, UploadError.Code)] = [
            (6, 20, .sizeMismatch), (1, 25, .sizeMismatch), (1, .max, .sizeMismatch), (2, .max - 1, .sizeMismatch),
            (11, 0, .invalidArgument), (2, 9, .invalidArgument), (10, 5, .invalidArgument),
        ]
        for (count, offset, code) in cases {
            let error = #expect(throws: UploadError.self) { try sink.write(content(count).span.bytes, at: offset) }
            #expect(error?.code == code, "\(count) bytes at \(offset)")
        }
        #expect(files.count(of: .write) == 0)
        #expect(files.contents(of: "object") == nil)
    }

    @Test func `a chunk may be filled piece by piece up to its very end`() throws {
        var sink = makeSink(spec(.chunks(size: 10), length: 25))
        for (count, offset) in [(3, 10), (7, 13), (5, 20), (10, 0)] {
            try sink.write(content(count, from: offset).span.bytes, at: UInt64(offset))
        }
        #expect(files.contents(of: "object") == content(25))
    }

    @Test func `an append of unknown length has no chunks to cross`() throws {
        var sink = makeSink(spec())
        try sink.write(content(1000).span.bytes, at: 77)
        let error = #expect(throws: UploadError.self) {
            try sink.write(content(1).span.bytes, at: UInt64(Int64.max))
        }
        #expect(error?.code == .sizeMismatch)
    }
}

@Suite struct ObjectKeyTests {
    /// SHA-256 over the provisional memory id, a zero byte and the 16 bytes of the session id.
    @Test func `a key is what it always was`() {
        let session = SessionId(high: 0x018b_cfe5_6800_7abc, low: 0x8123_4567_89ab_cdef)
        let key = ObjectKey(provisionalMemoryId: "memory 1", session: session)
        #expect(key.digest.hex == "53d14af112e416d806ec854ea051bc12a945f70dca3db0234482a035c327e7f5")
        #expect(upload().key == key)
    }

    @Test func `two sessions never share a key, whatever their provisional memory`() {
        var keys: Set<ObjectKey> = []
        for memory in ["", "a", "memory 1"] {
            for number in 1...50 as ClosedRange<UInt64> { keys.insert(upload(number, memory: memory).key) }
        }
        #expect(keys.count == 150)
    }

    @Test func `two uploads of one provisional memory write two objects`() async throws {
        let fixture = try await Fixture()
        try await fixture.put([1], at: 0, of: upload(1))
        try await fixture.put([2], at: 0, of: upload(2))
        #expect(fixture.files.files(under: "bytes").count == 2)
        #expect(try await fixture.store.read(upload(1).key, 0..<1) == [1])
        #expect(try await fixture.store.read(upload(2).key, 0..<1) == [2])
    }
}
