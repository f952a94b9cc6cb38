import SessionCore
import Testing
import UploadCore
import UploadTestKit

@Suite struct UnknownLengthTests {
    @Test func `an append of unknown length ends where its client finishes it`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        try await fixture.service.append(id, at: 0, content(13), by: fixture.ben)
        let record = try await fixture.service.commit(id, by: fixture.ben)
        #expect(record.session.spec.expectedBytes == 13)
        #expect(try await fixture.read(id) == content(13))
    }

    @Test func `the length is declared later, and then holds`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        try await fixture.service.append(id, at: 0, content(5), by: fixture.ben)
        await expectRefusal(.sizeMismatch) { try await fixture.service.declareLength(of: id, 4, by: fixture.ben) }
        _ = try await fixture.service.declareLength(of: id, 12, by: fixture.ben)
        await expectRefusal(.incomplete) { try await fixture.service.commit(id, by: fixture.ben) }
        await expectRefusal(.sizeMismatch) { try await fixture.service.append(id, at: 5, content(8), by: fixture.ben) }
        try await fixture.service.append(id, at: 5, content(7, from: 5), by: fixture.ben)
        _ = try await fixture.service.commit(id, by: fixture.ben)
        #expect(try await fixture.read(id) == content(12))
    }

    @Test func `the length is told with the finish`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append)
        try await fixture.service.append(id, at: 0, content(5), by: fixture.ben)
        await expectRefusal(.incomplete) { try await fixture.service.commit(id, length: 6, by: fixture.ben) }
        await expectRefusal(.sizeMismatch) { try await fixture.service.commit(id, length: 4, by: fixture.ben) }
        #expect(try await fixture.sessions.get(id).session.spec.expectedBytes == nil, "a refusal decides no length")
        _ = try await fixture.service.commit(id, length: 5, by: fixture.ben)
    }

    @Test func `chunks of unknown length end with their gapless prefix`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin()
        try await fixture.service.putChunk(id, index: 0, content(10), by: fixture.ben)
        try await fixture.service.putChunk(id, index: 2, content(10, from: 20), by: fixture.ben)
        await expectRefusal(with: .incomplete(missing: [1...1], bytes: nil)) {
            try await fixture.service.commit(id, by: fixture.ben)
        }
        try await fixture.service.putChunk(id, index: 1, content(10, from: 10), by: fixture.ben)
        #expect(try await fixture.service.commit(id, by: fixture.ben).session.spec.expectedBytes == 30)
        #expect(try await fixture.read(id) == content(30))
    }

    @Test(arguments: [Storage.file, .catalogue], [1, 5, 9])
    func `a short chunk ends an upload of unknown length, in the catalogue too`(
        _ storage: Storage, _ count: Int
    ) async throws {
        let fixture = try await Fixture(storage)
        let id = try await fixture.begin()
        let bytes = content(20 + count)
        try await fixture.service.putChunk(id, index: 2, bytes[20...], by: fixture.ben)
        for service in [fixture.service, try fixture.reopened()] {
            let session = try await service.status(of: id, by: fixture.ben).session
            #expect(session.spec.expectedBytes == UInt64(20 + count))
            await expectRefusal(.invalidArgument) {
                try await service.putChunk(id, index: 3, content(10), by: fixture.ben)
            }
        }
        let later = try fixture.reopened()
        try await later.putChunk(id, index: 0, bytes[..<10], by: fixture.ben)
        try await later.putChunk(id, index: 1, bytes[10..<20], by: fixture.ben)
        let record = try await later.commit(id, by: fixture.ben)
        #expect(record.session.spec.expectedBytes == UInt64(20 + count))
        #expect(record.digest == .whole(Digest(of: bytes)))
    }

    @Test(arguments: [BeginRequest.Layout.append, .chunks(size: 10)])
    func `an upload of unknown length may end without a byte`(_ layout: BeginRequest.Layout) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(layout)
        let record = try await fixture.service.commit(id, by: fixture.ben)
        #expect(record.session.spec.expectedBytes == 0)
        #expect(record.digest == .whole(Digest(of: [UInt8]())))
        #expect(try await fixture.read(id) == [])
    }

    @Test func `a length known from the beginning is not told anew`() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.begin(.append, length: 25)
        _ = try await fixture.service.declareLength(of: id, 25, by: fixture.ben)
        await expectRefusal(with: .sizeMismatch(expected: 25, actual: 24)) {
            try await fixture.service.declareLength(of: id, 24, by: fixture.ben)
        }
        await expectRefusal(.notFound) { try await fixture.service.declareLength(of: id, 25, by: fixture.anna) }
    }
}
