import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

struct MemoryTests {
    private static var smallest: S3Settings {
        var settings = S3Settings()
        settings.memoryBytesMax = S3Settings.memoryBytesMin
        return settings
    }

    @Test func `stalled uploads give way to one that needs memory, and lose nothing`() async throws {
        try await Fixture.run(settings: Self.smallest) { fixture in
            let memory = fixture.store.writer.memory
            let stalled = (0..<memory.pageCount).map { _ in fixture.sink() }
            for sink in stalled { try await sink.write(content(3), at: 0, nil) }
            #expect(memory.freePages == 0)
            let bytes = content(5 << 20)
            try await fixture.write(bytes)
            #expect(try await fixture.read(0..<bytes.count) == bytes)
            for sink in stalled {
                #expect(try await sink.sync().map(\.range) == [0..<3])
                sink.close()
            }
            #expect(memory.freePages == memory.pageCount)
        }
    }

    @Test func `64 uploads at once share the smallest memory`() async throws {
        try await Fixture.run(settings: Self.smallest) { fixture in
            let bytes = content(512 << 10)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        let sink = fixture.sink()
                        defer { sink.close() }
                        for start in stride(from: 0, to: bytes.count, by: 64 << 10) {
                            try await sink.write(bytes[start..<start + 64 << 10], at: UInt64(start), nil)
                        }
                        let receipts = try await sink.sync()
                        #expect(receipts.map(\.range.count).reduce(0, +) == bytes.count)
                        let pairs = zip(receipts, receipts.dropFirst())
                        #expect(pairs.allSatisfy { $0.range.upperBound == $1.range.lowerBound })
                    }
                }
                try await group.waitForAll()
            }
            let memory = fixture.store.writer.memory
            #expect(memory.freePages == memory.pageCount)
            #expect(fixture.fake.objects.values.map(\.count).reduce(0, +) == 32 << 20)
        }
    }

    @Test func `a page is taken at once or in turn, also by cancelled tasks`() async {
        let memory = SegmentMemory(bytesMax: SegmentMemory.pageBytes)
        await memory.take()
        let order = Order()
        var tasks: [Task<Void, Never>] = []
        for number in 0..<3 {
            tasks.append(
                Task {
                    await memory.take()
                    order.append(number)
                    memory.dropped(ObjectIdentifier(order), pages: 1)
                })
            while memory.waiterCount <= number { await Task.yield() }
        }
        tasks[1].cancel()
        memory.dropped(ObjectIdentifier(order), pages: 1)
        for task in tasks { await task.value }
        #expect(order.numbers == [0, 1, 2])
        #expect(memory.freePages == 1)
    }

    @Test func `the largest segment is sealed, and only as many as are waited for`() async {
        let memory = SegmentMemory(bytesMax: 6 * SegmentMemory.pageBytes)
        for _ in 0..<6 { await memory.take() }
        let (small, large) = (Holder(), Holder())
        memory.grew(ObjectIdentifier(small), to: 2) { small.seal(2, memory) }
        memory.grew(ObjectIdentifier(large), to: 4) { large.seal(4, memory) }
        let waiting = Task { await memory.take() }
        while !large.isSealed { await Task.yield() }
        #expect(!small.isSealed)
        memory.stored(pages: 4)
        await waiting.value
        #expect(!small.isSealed)
        #expect(memory.freePages == 3)
    }

    @Test func `a segment that begins while others wait is sealed soon`() async {
        let memory = SegmentMemory(bytesMax: SegmentMemory.pageBytes)
        await memory.take()
        let waiting = Task { await memory.take() }
        while memory.waiterCount == 0 { await Task.yield() }
        let holder = Holder()
        memory.grew(ObjectIdentifier(holder), to: 1) { holder.seal(1, memory) }
        #expect(holder.isSealed)
        memory.stored(pages: 1)
        await waiting.value
    }

    private final class Order: Sendable {
        private let list = Mutex<[Int]>([])
        var numbers: [Int] { list.withLock { $0 } }

        func append(_ number: Int) { list.withLock { $0.append(number) } }
    }

    private final class Holder: Sendable {
        private let sealed = Mutex(false)
        var isSealed: Bool { sealed.withLock { $0 } }

        func seal(_ pages: Int, _ memory: SegmentMemory) {
            sealed.withLock { $0 = true }
            memory.sealed(ObjectIdentifier(self), pages: pages)
        }
    }
}

struct AnnouncedKeysTests {
    @Test func `keys are announced sixteen at a time, and each is handed out once`() async throws {
        let (catalogue, clock) = (RecordingCatalogue(), ManualClock())
        let keys = AnnouncedKeys(catalogue, clock: clock, makeKey: ObjectKey.random)
        let taken = try await withThrowingTaskGroup(of: ObjectKey.self) { group in
            for _ in 0..<40 { group.addTask { try await keys.take() } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(taken.count == 40)
        #expect(taken.isSubset(of: catalogue.announced))
        #expect(catalogue.announcements == 3)
    }

    @Test func `keys whose announcement is old are dropped`() async throws {
        let (catalogue, clock) = (RecordingCatalogue(), ManualClock())
        let keys = AnnouncedKeys(catalogue, clock: clock, makeKey: ObjectKey.random)
        _ = try await keys.take()
        clock.advance(milliseconds: AnnouncedKeys.usableMilliseconds - 1)
        _ = try await keys.take()
        #expect(catalogue.announcements == 1)
        clock.advance(milliseconds: 1)
        _ = try await keys.take()
        #expect(catalogue.announcements == 2)
    }
}
