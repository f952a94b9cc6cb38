import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct UnknownLengthTests {
    @Test func `an append of unknown length ends where its client finishes it`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append)
        try await bench.service.append(id, at: 0, content(13), by: bench.ben)
        let record = try await bench.service.commit(id, by: bench.ben)
        #expect(record.session.spec.expectedBytes == 13)
        #expect(try await bench.read(id) == content(13))
    }

    @Test func `the length is declared later, and then holds`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append)
        try await bench.service.append(id, at: 0, content(5), by: bench.ben)
        await expectRefusal(.sizeMismatch) { try await bench.service.declareLength(of: id, 4, by: bench.ben) }
        _ = try await bench.service.declareLength(of: id, 12, by: bench.ben)
        await expectRefusal(.incomplete) { try await bench.service.commit(id, by: bench.ben) }
        await expectRefusal(.sizeMismatch) { try await bench.service.append(id, at: 5, content(8), by: bench.ben) }
        try await bench.service.append(id, at: 5, content(7, from: 5), by: bench.ben)
        _ = try await bench.service.commit(id, by: bench.ben)
        #expect(try await bench.read(id) == content(12))
    }

    @Test func `the length is told with the finish`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append)
        try await bench.service.append(id, at: 0, content(5), by: bench.ben)
        await expectRefusal(.incomplete) { try await bench.service.commit(id, length: 6, by: bench.ben) }
        await expectRefusal(.sizeMismatch) { try await bench.service.commit(id, length: 4, by: bench.ben) }
        #expect(try await bench.sessions.get(id).session.spec.expectedBytes == nil, "a refusal decides no length")
        _ = try await bench.service.commit(id, length: 5, by: bench.ben)
    }

    @Test func `chunks of unknown length end with their gapless prefix`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin()
        try await bench.service.putChunk(id, index: 0, content(10), by: bench.ben)
        try await bench.service.putChunk(id, index: 2, content(10, from: 20), by: bench.ben)
        await expectRefusal(with: .incomplete(missing: [1...1], bytes: nil)) {
            try await bench.service.commit(id, by: bench.ben)
        }
        try await bench.service.putChunk(id, index: 1, content(10, from: 10), by: bench.ben)
        #expect(try await bench.service.commit(id, by: bench.ben).session.spec.expectedBytes == 30)
        #expect(try await bench.read(id) == content(30))
    }

    @Test(arguments: [BeginRequest.Layout.append, .chunks(size: 10)])
    func `an upload of unknown length may end without a byte`(_ layout: BeginRequest.Layout) async throws {
        let bench = try await Bench()
        let id = try await bench.begin(layout)
        let record = try await bench.service.commit(id, by: bench.ben)
        #expect(record.session.spec.expectedBytes == 0)
        #expect(record.digest == .whole(Digest(of: [UInt8]())))
        #expect(try await bench.read(id) == [])
    }

    @Test func `a length known from the beginning is not told anew`() async throws {
        let bench = try await Bench()
        let id = try await bench.begin(.append, length: 25)
        _ = try await bench.service.declareLength(of: id, 25, by: bench.ben)
        await expectRefusal(with: .sizeMismatch(expected: 25, actual: 24)) {
            try await bench.service.declareLength(of: id, 24, by: bench.ben)
        }
        await expectRefusal(.notFound) { try await bench.service.declareLength(of: id, 25, by: bench.anna) }
    }
}
