import NIOCore
import NIOHTTP1
import Testing
import UploadCore

@testable import BlobStorageS3

struct ReadingTests {
    @Test func `a range is read with one request for each of its segments`() async throws {
        try await Fixture.run { fixture in
            try await fixture.write(content(100))
            #expect(try await fixture.read(20..<70, limit: 3) == Array(content(100)[20..<70]))
            let ranges = fixture.fake.requests("GET").map { $0.headers.first(name: "range") }
            #expect(ranges == ["bytes=4-15", "bytes=0-15", "bytes=0-15", "bytes=0-5"])
        }
    }

    @Test func `nothing is requested before the first bytes are asked for`() async throws {
        try await Fixture.run { fixture in
            try await fixture.write(content(10))
            var stream = fixture.store.stream(Fixture.key, 0..<10)
            #expect(fixture.fake.requests("GET").isEmpty)
            #expect(try await stream.next(limit: 4) == Array(content(10)[..<4]))
            var empty = fixture.store.stream(Fixture.key, 5..<5)
            #expect(try await empty.next(limit: 4) == nil)
            #expect(fixture.fake.requests("GET").count == 1)
        }
    }

    @Test(arguments: [(1, 7), (16, 6), (17, 4), (40, 3), (1000, 1)] as [(UInt64, Int)])
    func `receipts are looked up for a part of the range at a time`(
        _ lookUpBytes: UInt64, _ lookUps: Int
    ) async throws {
        try await Fixture.run { fixture in
            try await fixture.write(content(100))
            let reader = SegmentReader(
                fixture.store.client, fixture.catalogue, Fixture.key, 3..<100, lookUpBytes: lookUpBytes)
            var found: [UInt8] = []
            while let bytes = try await reader.next(limit: .max) { found += bytes.readableBytesView }
            #expect(found == Array(content(100)[3...]))
            #expect(fixture.catalogue.lookUps == lookUps)
        }
    }

    @Test func `a broken response is continued from where it stopped`() async throws {
        try await Fixture.run(settings: S3Settings()) { fixture in
            let bytes = content(500_000)
            try await fixture.write(bytes)
            fixture.fake.behave { request, count in
                request.method == "GET" && count < 8 ? .truncated(40_000) : .normal
            }
            #expect(try await fixture.read(0..<bytes.count) == bytes)
            let starts = fixture.fake.requests("GET").compactMap { request in
                request.headers.first(name: "range").flatMap { Int($0.dropFirst(6).prefix { $0 != "-" }) }
            }
            #expect(starts.count > 2)
            #expect(starts == starts.sorted())
            #expect(starts.last ?? 0 > 0)
        }
    }

    @Test func `attempts without progress are limited`() async throws {
        try await Fixture.run { fixture in
            try await fixture.write(content(10))
            fixture.fake.behave { request, _ in .truncated(0) }
            let error = await #expect(throws: UploadError.self) { try await fixture.read(0..<10) }
            #expect(error?.code == .unavailable)
            #expect(fixture.fake.requests("GET").count == 6)
        }
    }

    @Test func `an object that is missing, shorter or longer is damage`() async throws {
        try await Fixture.run { fixture in
            let receipt = try #require(try await fixture.write(content(10)).first)
            let name = fixture.store.client.name(of: receipt.key)
            let cases = [(nil, 0..<10), (content(9), 0..<10), (content(9), 9..<10), (content(11), 0..<10)]
            for (stored, range) in cases {
                fixture.fake.change { $0.objects[name] = stored }
                let before = fixture.fake.requests.count
                let error = await #expect(throws: UploadError.self) { try await fixture.read(range) }
                #expect(error?.code == .storeCorrupt)
                #expect(fixture.fake.requests.count == before + 1)
            }
        }
    }

    @Test(arguments: [(404, "NoSuchBucket"), (403, "AccessDenied"), (404, "Unknown"), (503, "SlowDown")])
    func `what prevents reading is no damage`(_ status: Int, _ code: String) async throws {
        try await Fixture.run { fixture in
            try await fixture.write(content(10))
            fixture.fake.behave { _, _ in .status(status, code: code) }
            let error = await #expect(throws: UploadError.self) { try await fixture.read(0..<10) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test func `an engine that ignores ranges is not taken for damage`() async throws {
        try await Fixture.run { fixture in
            try await fixture.write(content(10))
            fixture.fake.change { $0.honoursRanges = false }
            let error = await #expect(throws: UploadError.self) { try await fixture.read(2..<5) }
            #expect(error?.code == .unavailable)
        }
    }
}

struct RemovalTests {
    private func keys(_ count: Int) -> [ObjectKey] {
        let keys = SeededKeys(7)
        return (0..<count).map { _ in keys.next() }
    }

    private func fill(_ fixture: Fixture, _ keys: [ObjectKey]) {
        for key in keys { fixture.fake.change { $0.objects[fixture.store.client.name(of: key)] = [1] } }
    }

    @Test func `a thousand segments are deleted with one request`() async throws {
        try await Fixture.run { fixture in
            fill(fixture, keys(2001))
            for _ in 0..<2 { try await fixture.store.remove(keys(2001)) }
            #expect(fixture.fake.objects.isEmpty)
            #expect(fixture.fake.requests.map(\.method) == Array(repeating: "POST", count: 6))
            try await fixture.store.remove([])
            #expect(fixture.fake.requests.count == 6)
        }
    }

    @Test func `objects that the engine did not delete are repeated, and reported if they stay`() async throws {
        try await Fixture.run { fixture in
            let keys = keys(50)
            let names = keys.map(fixture.store.client.name)
            fill(fixture, keys)
            fixture.fake.behave { _, count in
                count < 3 ? .undeleted(code: "InternalError") { $0 == names[7] || $0 == names[8] } : .normal
            }
            try await fixture.store.remove(keys)
            #expect(fixture.fake.objects.isEmpty)
            #expect(fixture.fake.requests.count == 3)

            fill(fixture, keys)
            fixture.fake.behave { _, _ in .undeleted(code: "AccessDenied") { $0 == names[7] } }
            let error = await #expect(throws: UploadError.self) { try await fixture.store.remove(keys) }
            #expect(error?.code == .unavailable)
            #expect(error?.debugDescription.contains(keys[7].digest.hex) == true)
            #expect(Array(fixture.fake.objects.keys) == [names[7]])
            fixture.fake.behave { _, _ in .normal }
            try await fixture.store.remove(keys)
            #expect(fixture.fake.objects.isEmpty)
        }
    }

    @Test func `an error document with status 200 deletes nothing and is repeated`() async throws {
        try await Fixture.run { fixture in
            fill(fixture, keys(3))
            fixture.fake.behave { _, count in count == 1 ? .errorBody(code: "InternalError") : .normal }
            try await fixture.store.remove(keys(3))
            #expect(fixture.fake.requests.count == 2)
            #expect(fixture.fake.objects.isEmpty)
        }
    }

    @Test func `without DeleteObjects each segment is deleted by itself`() async throws {
        for settings in ["", "&deletion-batch=1"] {
            try await Fixture.run(settings) { fixture in
                fixture.fake.change { $0.hasBatchDeletion = false }
                fill(fixture, keys(20))
                fixture.fake.behave { request, count in
                    count == 4 ? .status(503) : request.name.hasSuffix("0") ? .status(404, code: "NoSuchKey") : .normal
                }
                fixture.fake.change { state in state.objects = state.objects.filter { !$0.key.hasSuffix("0") } }
                try await fixture.store.remove(keys(20))
                #expect(fixture.fake.objects.isEmpty)
                #expect(fixture.fake.requests("POST").count == (settings.isEmpty ? 1 : 0))
            }
        }
    }

    @Test(arguments: ["", "&deletion-batch=1"])
    func `a refused deletion is reported`(_ settings: String) async throws {
        try await Fixture.run(settings) { fixture in
            fixture.fake.behave { _, _ in .status(403, code: "AccessDenied") }
            let error = await #expect(throws: UploadError.self) { try await fixture.store.remove(keys(3)) }
            #expect(error?.code == .unavailable)
        }
    }
}
