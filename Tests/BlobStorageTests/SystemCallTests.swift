import BlobStorage
import DurableFiles
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// What a durable chunk costs, counted in calls of the file system.
@Suite struct SystemCallTests {
    @Test func `a chunk costs one sync at power loss, however many pieces it comes in`() async throws {
        let bench = try await Bench()
        let sink = bench.sink(upload())
        for start in stride(from: 0, to: 1000, by: 100) {
            try await sink.write(content(100, from: start), at: UInt64(start), nil)
        }
        #expect(bench.count(.syncData) == 0)
        try await sink.sync()
        #expect(bench.count(.syncData) == 1)
        #expect(bench.count(.write) == 10)
        sink.close()
    }

    @Test func `nothing is synced where only the end of the process is to be survived`() async throws {
        let bench = try await Bench(.processCrash)
        for index in 0..<5 { try await bench.put(content(100), at: UInt64(index * 100), of: upload()) }
        try await bench.store.remove([upload().key])
        #expect(bench.count(.syncData) == 0)
        #expect(bench.count(.syncDirectory) == 0)
    }

    @Test func `the name of a new file is made durable once`() async throws {
        let bench = try await Bench()
        try await bench.put(content(100), at: 0, of: upload())
        #expect(bench.count(.syncDirectory) == 1)
        for index in 1..<5 {
            try await bench.put(content(100), at: UInt64(index * 100), of: upload(), hasDurableBytes: true)
        }
        #expect(bench.count(.syncDirectory) == 1)
        #expect(bench.count(.syncData) == 5)
    }

    @Test func `writers of one new file make its name durable once between them`() async throws {
        let bench = try await Bench()
        let sinks = (0..<3).map { _ in bench.sink(upload()) }
        for (index, sink) in sinks.enumerated() {
            try await sink.write(content(10), at: UInt64(index * 10), nil)
            try await sink.sync()
        }
        #expect(bench.count(.syncDirectory) == 1)
        #expect(bench.count(.open) == 1, "they share one descriptor")
        for sink in sinks { sink.close() }
    }

    @Test func `writers whose bytes another's sync has covered need none of their own`() async throws {
        let bench = try await Bench()
        let sinks = (0..<8).map { _ in bench.sink(upload()) }
        for (index, sink) in sinks.enumerated() { try await sink.write(content(10), at: UInt64(index * 10), nil) }
        for sink in sinks { try await sink.sync() }
        #expect(bench.count(.syncData) == 1)
        try await sinks[0].write(content(10), at: 80, nil)
        for sink in sinks { try await sink.sync() }
        #expect(bench.count(.syncData) == 2)
        for sink in sinks { sink.close() }
    }

    @Test func `writing reads nothing`() async throws {
        let bench = try await Bench()
        for index in 0..<5 { try await bench.put(content(100), at: UInt64(index * 100), of: upload()) }
        #expect(bench.count(.read) == 0 && bench.count(.size) == 0 && bench.count(.list) == 0)
    }

    @Test func `a sink that wrote nothing costs nothing`() async throws {
        let bench = try await Bench()
        let sink = bench.sink(upload())
        try await sink.sync()
        sink.close()
        for call in SimulatedCall.allCases { #expect(bench.count(call) == 0, "\(call)") }
    }

    @Test func `what is opened is closed`() async throws {
        let bench = try await Bench()
        for number in 1...20 as ClosedRange<UInt64> {
            try await bench.put(content(100), at: 0, of: upload(number))
            _ = try await bench.store.read(upload(number).key, 0..<100)
            try await bench.store.scan(upload(number).key, 0..<100) { _ in }
            _ = try await bench.store.size(of: upload(number).key)
            let sink = bench.sink(upload(number), hasDurableBytes: true)
            #expect(try await sink.matches(content(100), at: 0))
            try await sink.seal(length: 50)
            sink.close()
        }
        #expect(bench.count(.open) > 0)
        #expect(bench.count(.close) == bench.count(.open))
    }

    @Test func `an object that has its length already is sealed without a write`() async throws {
        let bench = try await Bench()
        try await bench.put(content(100), at: 0, of: upload())
        bench.files.resetCounts()
        let sink = bench.sink(upload(), hasDurableBytes: true)
        try await sink.seal(length: 100)
        #expect(bench.count(.truncate) == 0 && bench.count(.syncData) == 0)
        try await sink.seal(length: 99)
        #expect(bench.count(.truncate) == 1 && bench.count(.syncData) == 1)
        sink.close()
    }

    @Test func `many removals sync each directory once`() async throws {
        let bench = try await Bench()
        let uploads = (1...30).map { upload(UInt64($0)) }
        for upload in uploads { try await bench.put([1], at: 0, of: upload) }
        bench.files.resetCounts()
        try await bench.store.remove(uploads.map(\.key))
        #expect(bench.count(.remove) == 30)
        #expect(bench.count(.syncDirectory) == 2)
    }

    @Test func `a chunk of 8 MiB reaches the file system piece by piece, and nothing is kept`() async throws {
        let bench = try await Bench()
        let piece = 256 << 10
        let bytes = content(piece)
        let sink = bench.sink(upload(), .chunks(size: 8 << 20), length: 8 << 20)
        for index in 0..<32 {
            try await sink.write(bytes, at: UInt64(index * piece), nil)
            #expect(bench.count(.write) == index + 1)
            #expect(bench.files.files(under: "bytes").map(\.size) == [UInt64((index + 1) * piece)])
        }
        let last = bench.files.log.last { $0.call == .write }
        #expect(last?.count == piece && last?.offset == UInt64(31 * piece))
        try await sink.sync()
        sink.close()
    }
}
