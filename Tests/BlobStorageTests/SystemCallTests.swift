import BlobStorage
import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// What a durable chunk costs, counted in calls of the file system.
@Suite struct SystemCallTests {
    @Test func `a chunk costs one sync at power loss, however many pieces it comes in`() async throws {
        let fixture = try await Fixture()
        let sink = fixture.sink(upload())
        for start in stride(from: 0, to: 1000, by: 100) {
            try await sink.write(content(100, from: start), at: UInt64(start), nil)
        }
        #expect(fixture.count(.syncData) == 0)
        try await sink.sync()
        #expect(fixture.count(.syncData) == 1)
        #expect(fixture.count(.write) == 10)
        sink.close()
    }

    @Test func `nothing is synced where only the end of the process is to be survived`() async throws {
        let fixture = try await Fixture(.processCrash)
        for index in 0..<5 { try await fixture.put(content(100), at: UInt64(index * 100), of: upload()) }
        try await fixture.store.remove([upload().key])
        #expect(fixture.count(.syncData) == 0)
        #expect(fixture.count(.syncDirectory) == 0)
    }

    @Test func `the name of a new file is made durable once`() async throws {
        let fixture = try await Fixture()
        try await fixture.put(content(100), at: 0, of: upload())
        #expect(fixture.count(.syncDirectory) == 1)
        for index in 1..<5 {
            try await fixture.put(content(100), at: UInt64(index * 100), of: upload(), hasDurableBytes: true)
        }
        #expect(fixture.count(.syncDirectory) == 1)
        #expect(fixture.count(.syncData) == 5)
    }

    @Test func `writers of one new file make its name durable once between them`() async throws {
        let fixture = try await Fixture()
        let sinks = (0..<3).map { _ in fixture.sink(upload()) }
        for (index, sink) in sinks.enumerated() {
            try await sink.write(content(10), at: UInt64(index * 10), nil)
            try await sink.sync()
        }
        #expect(fixture.count(.syncDirectory) == 1)
        #expect(fixture.count(.open) == 1, "they share one descriptor")
        for sink in sinks { sink.close() }
    }

    @Test func `a sink closed twice leaves the other sinks of its object their shared file`() async throws {
        let fixture = try await Fixture()
        let (first, second) = (fixture.sink(upload()), fixture.sink(upload()))
        try await first.write(content(10), at: 0, nil)
        try await first.sync()
        first.close()
        first.close()
        let third = fixture.sink(upload(), hasDurableBytes: true)
        try await second.write(content(10), at: 10, nil)
        try await third.write(content(10), at: 20, nil)
        try await second.sync()
        try await third.sync()
        #expect(fixture.count(.open) == 1, "they share one descriptor")
        #expect(fixture.count(.syncData) == 2, "the second and the third sink share a sync")
        second.close()
        third.close()
    }

    @Test func `writers whose bytes another sync has covered need none of their own`() async throws {
        let fixture = try await Fixture()
        let sinks = (0..<8).map { _ in fixture.sink(upload()) }
        for (index, sink) in sinks.enumerated() { try await sink.write(content(10), at: UInt64(index * 10), nil) }
        for sink in sinks { try await sink.sync() }
        #expect(fixture.count(.syncData) == 1)
        try await sinks[0].write(content(10), at: 80, nil)
        for sink in sinks { try await sink.sync() }
        #expect(fixture.count(.syncData) == 2)
        for sink in sinks { sink.close() }
    }

    @Test func `writing reads nothing`() async throws {
        let fixture = try await Fixture()
        for index in 0..<5 { try await fixture.put(content(100), at: UInt64(index * 100), of: upload()) }
        #expect(fixture.count(.read) == 0 && fixture.count(.size) == 0 && fixture.count(.list) == 0)
    }

    @Test func `a sink that wrote nothing costs nothing`() async throws {
        let fixture = try await Fixture()
        let sink = fixture.sink(upload())
        try await sink.sync()
        sink.close()
        for call in SimulatedCall.allCases { #expect(fixture.count(call) == 0, "\(call)") }
    }

    @Test func `what is opened is closed`() async throws {
        let fixture = try await Fixture()
        for number in 1...20 as ClosedRange<UInt64> {
            try await fixture.put(content(100), at: 0, of: upload(number))
            _ = try await fixture.store.read(upload(number).key, 0..<100)
            try await fixture.store.scan(upload(number).key, 0..<100) { _ in }
            _ = try await fixture.store.size(of: upload(number).key)
            let sink = fixture.sink(upload(number), hasDurableBytes: true)
            #expect(try await sink.matches(content(100), at: 0))
            try await sink.seal(length: 50)
            sink.close()
        }
        #expect(fixture.count(.open) > 0)
        #expect(fixture.count(.close) == fixture.count(.open))
    }

    @Test func `an object that has its length already is sealed without a write`() async throws {
        let fixture = try await Fixture()
        try await fixture.put(content(100), at: 0, of: upload())
        fixture.files.resetCounts()
        let sink = fixture.sink(upload(), hasDurableBytes: true)
        try await sink.seal(length: 100)
        #expect(fixture.count(.truncate) == 0 && fixture.count(.syncData) == 0)
        try await sink.seal(length: 99)
        #expect(fixture.count(.truncate) == 1 && fixture.count(.syncData) == 1)
        sink.close()
    }

    @Test func `many removals sync each directory once`() async throws {
        let fixture = try await Fixture()
        let uploads = (1...30).map { upload(UInt64($0)) }
        for upload in uploads { try await fixture.put([1], at: 0, of: upload) }
        fixture.files.resetCounts()
        try await fixture.store.remove(uploads.map(\.key))
        #expect(fixture.count(.remove) == 30)
        #expect(fixture.count(.syncDirectory) == 2)
    }

    @Test func `a chunk of 8 MiB reaches the file system piece by piece, and nothing is kept`() async throws {
        let fixture = try await Fixture()
        let piece = 256 << 10
        let bytes = content(piece)
        let sink = fixture.sink(upload(), .chunks(size: 8 << 20), length: 8 << 20)
        for index in 0..<32 {
            try await sink.write(bytes, at: UInt64(index * piece), nil)
            #expect(fixture.count(.write) == index + 1)
            #expect(fixture.files.files(under: "bytes").map(\.size) == [UInt64((index + 1) * piece)])
        }
        let last = fixture.files.log.last { $0.call == .write }
        #expect(last?.count == piece && last?.offset == UInt64(31 * piece))
        try await sink.sync()
        sink.close()
    }
}
