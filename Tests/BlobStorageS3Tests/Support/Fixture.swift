import SessionCore
import Synchronization
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

/// A catalogue that records receipts of one upload, and checks that their keys were announced before their objects were
/// written and are never used twice.
final class RecordingCatalogue: SegmentCatalogue {
    private struct State {
        var announced: Set<ObjectKey> = []
        var announcements = 0
        var receipts: [StorageReceipt] = []
        var failure: UploadError?
        var lookUps = 0
    }

    private let state = Mutex(State())

    func announce(_ keys: [ObjectKey]) async throws(UploadError) {
        let failure = state.withLock { state in
            state.announcements += 1
            if state.failure == nil { state.announced.formUnion(keys) }
            return state.failure
        }
        if let failure { throw failure }
    }

    func receipts(of key: ObjectKey, in range: Range<UInt64>) async throws(UploadError) -> [StorageReceipt] {
        state.withLock { state in
            state.lookUps += 1
            return state.receipts.filter { $0.range.overlaps(range) }
        }
    }

    func record(_ receipts: [StorageReceipt]) {
        state.withLock { state in
            state.receipts += receipts
            state.receipts.sort { $0.range.lowerBound < $1.range.lowerBound }
        }
    }

    func fail(_ error: UploadError?) { state.withLock { $0.failure = error } }

    var announced: Set<ObjectKey> { state.withLock { $0.announced } }
    var lookUps: Int { state.withLock { $0.lookUps } }
    var announcements: Int { state.withLock { $0.announcements } }
    var receipts: [StorageReceipt] { state.withLock { $0.receipts } }
}

/// A store on a fake, for one upload.
struct Fixture {
    let fake: FakeS3
    let store: S3BlobStore
    let catalogue = RecordingCatalogue()
    /// The clock of the store, which begins at the time of the fake's.
    let clock = ManualClock()
    let waits = Waits()

    static let key = UploadedBytes.key

    init(
        _ fake: FakeS3, _ location: String = "", credentials: S3Credentials = FakeS3.credentials,
        settings: S3Settings = .small, seed: UInt64 = 1
    ) throws {
        self.fake = fake
        store = S3BlobStore(
            try fake.location(location), credentials, catalogue: catalogue, clock: clock, settings: settings,
            timer: waits.timer, makeKey: SeededKeys(seed).next)
    }

    /// Runs `body` with a fake and a store.
    static func run(
        _ location: String = "", credentials: S3Credentials = FakeS3.credentials, settings: S3Settings = .small,
        _ body: (Fixture) async throws -> Void
    ) async throws {
        try await FakeS3.run { fake in
            let fixture = try Fixture(fake, location, credentials: credentials, settings: settings)
            do {
                try await body(fixture)
            } catch {
                fake.release()
                await fixture.store.shutdown()
                throw error
            }
            fake.release()
            await fixture.store.shutdown()
        }
    }

    private var bytes: UploadedBytes { UploadedBytes(store: store, catalogue: catalogue) }

    func sink(chunkSize: UInt64? = nil, length: UInt64? = nil) -> S3UploadSink {
        bytes.sink(chunkSize: chunkSize, length: length)
    }

    @discardableResult
    func write(_ bytes: [UInt8], at offset: Int = 0, buffer: Int = 64 << 10) async throws -> [StorageReceipt] {
        try await self.bytes.write(bytes, at: offset, buffer: buffer)
    }

    func read(_ range: Range<Int>, limit: Int = 1 << 20) async throws -> [UInt8] {
        try await bytes.read(range, limit: limit)
    }
}

extension S3Settings {
    /// Segments of 16 bytes, so that few bytes have many.
    static var small: S3Settings {
        var settings = S3Settings()
        settings.segmentBytesMax = 16
        settings.attemptsMax = 6
        // Nothing is repeated because the machine is busy.
        let day: Int64 = 86_400_000
        (settings.connectMilliseconds, settings.idleMilliseconds, settings.requestMilliseconds) = (day, day, day)
        return settings
    }
}

/// The waits between attempts, which take no time.
final class Waits: Sendable {
    private let list = Mutex<[Int64]>([])

    var all: [Int64] { list.withLock { $0 } }

    var timer: RetryTimer {
        RetryTimer(wait: { wait in self.list.withLock { $0.append(wait) } }, fraction: { 0.5 })
    }
}

/// Keys that are the same in every run.
final class SeededKeys: Sendable {
    private let seed: UInt64
    private let last = Mutex<UInt64>(0)

    init(_ seed: UInt64) {
        self.seed = seed
    }

    func next() -> ObjectKey {
        let number = last.withLock { last in
            last += 1
            return last
        }
        return ObjectKey(Digest(of: Array("key \(number) of \(seed)".utf8)))
    }
}

/// Bytes that look like none of their neighbours.
func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}
