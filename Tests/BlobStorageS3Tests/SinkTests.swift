import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

struct SinkTests {
    private static func settings(_ segmentBytesMax: Int) -> S3Settings {
        var settings = S3Settings()
        settings.segmentBytesMax = segmentBytesMax
        return settings
    }

    private static func mebibytes(isChunk: Bool, _ count: Int) -> [Int] {
        var sizes = SegmentSizes(max: 16 << 20, isChunk: isChunk)
        return (0..<count).map { _ in sizes.take() >> 20 }
    }

    @Test func `segments of an append grow from 1 MiB to 16 MiB, those of a chunk are as large as they may be`() {
        #expect(Self.mebibytes(isChunk: false, 6) == [1, 2, 4, 8, 16, 16])
        #expect(Self.mebibytes(isChunk: true, 3) == [16, 16, 16])
        var small = SegmentSizes(max: 300_000, isChunk: false)
        #expect((0..<2).map { _ in small.take() } == [300_000, 300_000])
    }

    @Test func `an upload becomes segments with exactly its bytes, under announced keys`() async throws {
        try await Fixture.run(settings: S3Settings()) { fixture in
            let bytes = content(7 << 20 | 12345)
            let receipts = try await fixture.write(bytes, buffer: 100_000)
            #expect(receipts.map { $0.range.count } == [1 << 20, 2 << 20, 4 << 20, 12345])
            #expect(Set(receipts.map(\.key)).isSubset(of: fixture.catalogue.announced))
            #expect(fixture.catalogue.announcements == 1)
            for receipt in receipts {
                let stored = fixture.fake.objects[fixture.store.client.name(of: receipt.key)]
                #expect(stored == Array(bytes[Int(receipt.range.lowerBound)..<Int(receipt.range.upperBound)]))
            }
            #expect(try await fixture.read(0..<bytes.count) == bytes)
            #expect(fixture.store.writer.memory.freePages == fixture.store.writer.memory.pageCount)
        }
    }

    @Test func `bytes are visited once, in order`() async throws {
        try await Fixture.run { fixture in
            let sink = fixture.sink()
            let seen = Mutex<[UInt8]>([])
            for start in [0, 50] {
                try await sink.write(content(100)[start..<start + 50], at: UInt64(start)) { bytes in
                    seen.withLock { $0 += bytes }
                }
            }
            #expect(seen.withLock { $0 } == content(100))
            sink.close()
        }
    }

    @Test func `a writer goes on while two segments are being stored, and no more`() async throws {
        try await Fixture.run(settings: Self.settings(64 << 10)) { fixture in
            fixture.fake.behave { request, _ in request.method == "PUT" ? .held : .normal }
            let sink = fixture.sink()
            // Returns although none of them is stored.
            try await sink.write(content(128 << 10), at: 0, nil)
            await fixture.fake.waitForRequests(2)
            #expect(fixture.fake.objects.isEmpty)
            let rest = Task {
                try await sink.write(content(192 << 10), at: 128 << 10, nil)
                return try await sink.sync()
            }
            for count in [2, 4, 5] {
                await fixture.fake.waitForRequests(count)
                fixture.fake.release()
            }
            let receipts = try await rest.value
            #expect(receipts.map(\.range.count) == Array(repeating: 64 << 10, count: 5))
            #expect(fixture.fake.heldMax == 2)
            sink.close()
        }
    }

    @Test func `bytes at a gap, or once more at an earlier offset, begin another segment`() async throws {
        try await Fixture.run { fixture in
            let sink = fixture.sink()
            try await sink.write(content(5), at: 0, nil)
            try await sink.write(content(5), at: 100, nil)
            try await sink.write(content(5), at: 50, nil)
            #expect(try await sink.sync().map(\.range) == [0..<5, 100..<105, 50..<55])
            sink.close()
        }
    }

    @Test func `a PUT with an unknown outcome is repeated under another key, and may come late`() async throws {
        let behaviours: [FakeS3.Behaviour] = [
            .late, .lost, .status(500), .errorBody(code: "InternalError"), .otherChecksum,
        ]
        for behaviour in behaviours {
            try await Fixture.run { fixture in
                fixture.fake.behave { _, count in count == 1 ? behaviour : .normal }
                let receipts = try await fixture.write(content(10))
                let names = fixture.fake.requests("PUT").map(\.name)
                try #require(names.count == 2)
                #expect(Set(names).count == 2)
                #expect(receipts.map { fixture.store.client.name(of: $0.key) } == [names[1]])
                fixture.fake.processLate()
                #expect(try await fixture.read(0..<10) == content(10))
            }
        }
    }

    @Test func `an engine that asks for fewer requests is given time`() async throws {
        try await Fixture.run { fixture in
            fixture.fake.behave { _, count in count < 4 ? .status(503, code: "SlowDown") : .normal }
            try await fixture.write(content(10))
            #expect(fixture.waits.all == [500, 1000, 2000])
        }
    }

    @Test func `attempts are limited, and after a failure the bytes can be written again`() async throws {
        try await Fixture.run { fixture in
            fixture.fake.behave { _, _ in .status(500, code: "InternalError") }
            let sink = fixture.sink()
            try await sink.write(content(10), at: 0, nil)
            let error = await #expect(throws: UploadError.self) { try await sink.sync() }
            #expect(error?.code == .unavailable)
            #expect(error?.debugDescription.contains("after 6 attempts: status 500 InternalError") == true)
            #expect(fixture.fake.requests.count == 6)
            #expect(fixture.store.writer.memory.freePages == fixture.store.writer.memory.pageCount)
            fixture.fake.behave { _, _ in .normal }
            #expect(try await sink.sync() == [])
            try await sink.write(content(10), at: 0, nil)
            #expect(try await sink.sync().map(\.range) == [0..<10])
            sink.close()
        }
    }

    @Test func `a writer learns that an earlier segment failed, and its sync throws too`() async throws {
        try await Fixture.run { fixture in
            fixture.fake.behave { _, _ in .status(403, code: "AccessDenied") }
            let sink = fixture.sink()
            await #expect(throws: UploadError.self) {
                for start in 0..<100 { try await sink.write(content(16), at: UInt64(16 * start), nil) }
            }
            await #expect(throws: UploadError.self) { try await sink.sync() }
            sink.close()
        }
    }

    @Test(arguments: [
        (403, "SignatureDoesNotMatch", UploadError.Code.unavailable), (403, "InvalidAccessKeyId", .unavailable),
        (400, "ExpiredToken", .unavailable), (404, "NoSuchBucket", .unavailable),
        (301, "PermanentRedirect", .unavailable), (404, "NoSuchKey", .unavailable), (507, "Full", .storeFull),
        (403, "QuotaExceeded", .storeFull),
    ])
    func `what no repetition helps is not repeated`(
        _ status: Int, _ code: String, _ expected: UploadError.Code
    ) async throws {
        try await Fixture.run { fixture in
            fixture.fake.behave { _, _ in .status(status, code: code) }
            let error = await #expect(throws: UploadError.self) { try await fixture.write(content(10)) }
            #expect(error?.code == expected)
            #expect(fixture.fake.requests.count == 1)
            if expected == .unavailable { #expect(error?.debugDescription.contains("\(status) \(code)") == true) }
        }
    }

    @Test func `requests are signed with the key that has replaced another`() async throws {
        try await Fixture.run { fixture in
            fixture.store.replace(credentials: S3Credentials(accessKey: "AKIAREVOKED", secretKey: "secret"))
            await #expect(throws: UploadError.self) { try await fixture.write(content(10)) }
            fixture.store.replace(credentials: FakeS3.credentials)
            try await fixture.write(content(10))
        }
    }

    @Test func `a clock that is wrong is corrected by that of the engine, once`() async throws {
        try await Fixture.run { fixture in
            fixture.clock.step(milliseconds: -3_600_000)
            try await fixture.write(content(10))
            #expect(fixture.fake.requests.count == 2)
            #expect(Set(fixture.fake.requests.map(\.name)).count == 1)
            try await fixture.write(content(10), at: 10)
            #expect(fixture.fake.requests.count == 3)
            fixture.fake.behave { _, _ in .status(403, code: "RequestTimeTooSkewed") }
            await #expect(throws: UploadError.self) { try await fixture.write(content(10), at: 20) }
            #expect(fixture.fake.requests.count == 4)
        }
    }

    @Test func `bounds are checked before anything is taken`() async throws {
        try await Fixture.run { fixture in
            let sink = fixture.sink(chunkSize: 10, length: 25)
            for (count, offset) in [(6, 20), (1, 25), (2, UInt64.max)] as [(Int, UInt64)] {
                let error = await #expect(throws: UploadError.self) {
                    try await sink.write(content(count), at: offset, nil)
                }
                #expect(error?.code == .sizeMismatch)
            }
            let error = await #expect(throws: UploadError.self) { try await sink.write(content(2), at: 9, nil) }
            #expect(error?.code == .invalidArgument)
            #expect(try await sink.sync() == [])
            try await sink.write(content(5), at: 20, nil)
            #expect(try await sink.sync().map(\.range) == [20..<25])
            sink.close()
        }
    }

    @Test func `closing drops what was not synced, and its memory`() async throws {
        try await Fixture.run(settings: S3Settings()) { fixture in
            let sink = fixture.sink()
            try await sink.write(content(10), at: 0, nil)
            #expect(fixture.store.writer.memory.freePages == fixture.store.writer.memory.pageCount - 1)
            for _ in 0..<2 { sink.close() }
            #expect(fixture.store.writer.memory.freePages == fixture.store.writer.memory.pageCount)
            #expect(fixture.fake.requests.isEmpty)
        }
    }

    @Test func `a catalogue that cannot announce keeps segments from being written`() async throws {
        try await Fixture.run { fixture in
            fixture.catalogue.fail(UploadError(.unavailable(detail: "the catalogue is away")))
            let error = await #expect(throws: UploadError.self) { try await fixture.write(content(10)) }
            #expect(error?.debugDescription.contains("the catalogue is away") == true)
            #expect(fixture.fake.requests.isEmpty)
            fixture.catalogue.fail(nil)
            try await fixture.write(content(10))
        }
    }
}
